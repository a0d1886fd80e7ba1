//! Shows: generated seats, faults of layouts, house files.

use boxoffice_api::ErrorCode;
use boxoffice_api::limits;
use boxoffice_api::v1::decode;
use boxoffice_api::v1::house::{HouseFile, HouseFileError};
use boxoffice_api::v1::show::ShowRequest;
use serde_json::{Value, json};

fn show(sections: Value) -> Value {
    json!({"name": "Tosca", "currency": "EUR", "sections": sections})
}

fn read(body: &Value) -> Result<ShowRequest, Vec<String>> {
    decode(body.to_string().as_bytes()).map_err(|problem| {
        assert_eq!(problem.code, ErrorCode::Validation, "{problem:?}");
        problem
            .errors
            .iter()
            .map(|fault| fault.pointer.clone())
            .collect()
    })
}

#[test]
fn seats_are_named_by_prefix_row_and_number_or_as_given() {
    let request = read(&show(json!([
        {"id": "s", "price": 900, "rows": [
            {"row": "A", "seats": 2, "price": 1000, "not_for_sale": ["A2"]},
            {"row": "1", "seats": 1},
        ]},
        {"id": "b", "price": 500, "prefix": "B:", "rows": [
            {"row": "A", "seats": 1},
            {"row": "C", "seats": ["3f2504e0-4f89-11d3-9a0c-0305e82c3301", "7"]},
        ]},
    ])));
    let request = request.expect("the show is valid");
    assert_eq!(
        (request.hold_ttl_ms, request.order_ttl_ms),
        (600_000, 900_000)
    );
    assert_eq!((request.open, request.tariffs[0].percent), (true, 100));
    let seats = request.seats();
    let told: Vec<_> = seats
        .iter()
        .map(|s| {
            (
                s.id.as_str(),
                s.section,
                s.row,
                s.number,
                s.price,
                s.for_sale,
            )
        })
        .collect();
    let uuid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    assert_eq!(
        told,
        [
            ("A1", "s", "A", 1, 1000, true),
            ("A2", "s", "A", 2, 1000, false),
            ("1-1", "s", "1", 1, 900, true),
            ("B:A1", "b", "A", 1, 500, true),
            (uuid, "b", "C", 1, 500, true),
            ("7", "b", "C", 2, 500, true),
        ]
    );
}

#[track_caller]
fn faults(body: &Value, pointers: &[&str]) {
    let found = read(body).expect_err("the show must be refused");
    assert_eq!(found, pointers);
}

#[test]
fn all_faults_of_a_layout_are_found_at_once() {
    faults(
        &show(json!([
            {"id": "s", "price": -1, "rows": [{"row": "A", "seats": 2}, {"row": "A", "seats": 0}]},
            {"id": "s", "price": 1, "prefix": "ä", "rows": []},
        ])),
        &[
            "/sections/0/price",
            "/sections/0/rows/1/row",
            "/sections/0/rows/1/seats",
            "/sections/1/id",
            "/sections/1/prefix",
            "/sections/1/rows",
        ],
    );
    faults(
        &show(json!([
            {"id": "s", "price": 1, "rows": [{"row": "A", "seats": 2, "not_for_sale": ["A3"]}]},
            {"id": "t", "price": 1, "rows": [
                {"row": "A", "seats": 1},
                {"row": "B", "seats": ["", "B2"], "not_for_sale": ["A1"], "price": -5},
            ]},
        ])),
        &[
            "/sections/1/rows/1/price",
            "/sections/0/rows/0/not_for_sale/0",
            "/sections/1/rows/0/seats",
            "/sections/1/rows/1/seats",
            "/sections/1/rows/1/not_for_sale/0",
        ],
    );
}

#[test]
fn all_faults_of_the_head_of_a_show_are_found_at_once() {
    faults(&json!({"name": "n", "currency": "EUR"}), &[""]);
    faults(
        &json!({
            "name": "", "currency": "€", "starts_at": "soon", "on_sale_at": "2026-01-01",
            "venue": "a\u{0}b", "hold_ttl_ms": 1, "order_ttl_ms": -1, "seats_per_buyer_max": 0,
            "seats_per_hold_max": limits::SEATS_PER_HOLD_MAX + 1,
            "tariffs": [{"code": "a", "label": "", "percent": 1001},
                {"code": "a", "label": "x", "percent": 0}],
            "areas": [{"id": "f", "capacity": 0, "price": 1}, {"id": "f", "capacity": 1,
                "price": -1}],
        }),
        &[
            "/name",
            "/starts_at",
            "/on_sale_at",
            "/venue",
            "/currency",
            "/hold_ttl_ms",
            "/order_ttl_ms",
            "/seats_per_buyer_max",
            "/seats_per_hold_max",
            "/tariffs/0/label",
            "/tariffs/0/percent",
            "/tariffs/1/code",
            "/areas/0/capacity",
            "/areas/1/id",
            "/areas/1/price",
        ],
    );
}

#[test]
fn a_hall_beyond_the_limit_is_refused_before_its_seats_are_made() {
    let row = |n: usize| json!({"row": format!("r{n}x"), "seats": limits::SEATS_PER_ROW_MAX});
    let hall = |n_rows| {
        let rows: Vec<_> = (0..n_rows).map(row).collect();
        show(json!([{"id": "s", "price": 1, "rows": rows}]))
    };
    assert_eq!(
        read(&hall(500)).map(|s| s.seats().len()),
        Ok(limits::SEATS_PER_SHOW_MAX)
    );
    faults(&hall(501), &["/sections"]);
    let endless = json!([{"id": "s", "price": 1, "rows": [{"row": "A", "seats": i64::MAX}]}]);
    faults(&show(endless), &["/sections/0/rows/0/seats"]);
}

#[test]
fn a_house_file_keeps_its_order_and_names_every_fault() {
    let file = HouseFile::from_json(
        br#"{"products": {"z": {"price": 5, "currency": "EUR", "stock": 3},
                          "a": {"price": 5, "currency": "EUR"}},
             "accounts": {"u-1": {"balance": 0, "currency": "EUR"}}}"#,
    )
    .expect("the file is valid");
    let products: Vec<_> = file.products.iter().map(|(id, p)| (id, p.stock)).collect();
    assert_eq!(products, [("z", Some(3)), ("a", None)]);
    assert!(file.shows.is_empty());

    let wrong = br#"{"accounts": {"u": {"balance": 1, "currency": "EUR"},
        "u": {"balance": -1, "currency": "E"}, "a/b": {"balance": 1, "currency": "EUR"}}}"#;
    let Err(HouseFileError::Invalid(faults)) = HouseFile::from_json(wrong) else {
        panic!("the file must be refused");
    };
    let found: Vec<_> = faults
        .as_slice()
        .iter()
        .map(|f| f.pointer.as_str())
        .collect();
    let expected = [
        "/accounts/u",
        "/accounts/u/balance",
        "/accounts/u/currency",
        "/accounts/a~1b",
    ];
    assert_eq!(found, expected);
    assert!(HouseFile::from_json(b"{\"show\": {}}").is_err());
}

#[test]
fn a_house_file_in_csv_says_the_same_as_one_in_json() {
    let csv = "\u{feff}# our house\n\nshow,tosca,\"Tosca, \"\"late\"\"\",EUR,\
        2027-05-01T20:00:00Z\r\n\
        seat,tosca,stalls,A,s-1,900\nseat,tosca,stalls,A,s-2,900\nseat,tosca,stalls,B,s-3,800\n\
        area,tosca,floor,50,500\nproduct,p,,300,EUR,10\naccount,u-1,100,EUR\n";
    let json = json!({
        "shows": {"tosca": {
            "name": "Tosca, \"late\"", "currency": "EUR", "starts_at": "2027-05-01T20:00:00Z",
            "sections": [{"id": "stalls", "price": 900, "rows": [
                {"row": "A", "price": 900, "seats": ["s-1", "s-2"]},
                {"row": "B", "price": 800, "seats": ["s-3"]},
            ]}],
            "areas": [{"id": "floor", "capacity": 50, "price": 500}],
        }},
        "products": {"p": {"price": 300, "currency": "EUR", "stock": 10}},
        "accounts": {"u-1": {"balance": 100, "currency": "EUR"}},
    });
    let from_json = HouseFile::from_json(json.to_string().as_bytes()).expect("valid");
    assert_eq!(HouseFile::from_csv(csv).expect("valid"), from_json);
}

#[test]
fn a_csv_file_names_every_line_at_fault_and_then_every_value() {
    #[track_caller]
    fn check(csv: &str, pointers: &[&str]) {
        let Err(HouseFileError::Invalid(faults)) = HouseFile::from_csv(csv) else {
            panic!("the file must be refused");
        };
        let found: Vec<_> = faults
            .as_slice()
            .iter()
            .map(|f| f.pointer.as_str())
            .collect();
        assert_eq!(found, pointers);
    }
    check(
        "seat,none,s,A,1,5\nshow,t\nticket,1\nshow,t,T,EUR\nseat,t,s,A,1,x\nseat,t,s,A,1,5\n\
         seat,t,s,A,2,6\n\"open\nproduct,p,P,1.5,EUR,1",
        &[
            "/line/1", "/line/2", "/line/3", "/line/5", "/line/7", "/line/8", "/line/9",
        ],
    );
    check(
        "account,a b,-1,EUR",
        &["/accounts/a b", "/accounts/a b/balance"],
    );
}
