//! A house file fills a house once, and leaves alone what somebody has changed since.

use boxoffice_server::house_file::{Counts, load, read};
use serde_json::json;

use crate::support::{Setup, TestServer};

fn loaded(server: &TestServer, text: &str, name: &str) -> Counts {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    let file = read(&path).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(load(&server.app.house, &file)).unwrap()
}

#[test]
fn loading_again_changes_nothing_and_completes_what_is_missing() {
    let setup = Setup::default();
    let server = TestServer::start_with(setup.clone(), &[]);
    let accounts = (1..=2_000).map(|n| {
        (
            format!("buyer-{n}"),
            json!({"balance": n, "currency": "EUR"}),
        )
    });
    let mut file = json!({
        "shows": {"opera": super::opera()},
        "products": {"mug": {"price": 900, "currency": "EUR", "stock": 7}},
        "accounts": accounts.collect::<serde_json::Map<_, _>>(),
    });
    let first = loaded(&server, &file.to_string(), "house.json");
    assert_eq!(
        first,
        Counts {
            made: 2_002,
            found: 0
        }
    );
    let dearer = json!({"name": "Mug", "price": 1_000, "currency": "EUR"}).to_string();
    server.send("PUT", "/v1/products/mug", &dearer).ok(200);
    let euros = json!({"amount": 1, "currency": "EUR"}).to_string();
    server
        .send("POST", "/v1/accounts/buyer-7/charge", &euros)
        .ok(200);
    super::hold(&server, &["A1"]);
    drop(server);
    let server = TestServer::start_with(setup, &[]);
    file["accounts"]["late"] = json!({"balance": 5, "currency": "EUR"});
    let second = loaded(&server, &file.to_string(), "house.json");
    assert_eq!(
        second,
        Counts {
            made: 1,
            found: 2_002
        }
    );
    assert_eq!(
        server.send("GET", "/v1/products/mug", "").ok(200)["price"],
        1_000
    );
    assert_eq!(
        server.send("GET", "/v1/accounts/buyer-7", "").ok(200)["balance"],
        8
    );
    assert_eq!(super::totals(&server), (19, 18, 1, 0));
}

#[test]
fn a_file_in_csv_keeps_the_callers_own_ids() {
    let server = TestServer::start();
    let seat = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    let csv = format!(
        "show,opera,\"Opera, the last\",EUR,2035-06-01T18:00:00Z\n\
         seat,opera,stalls,A,{seat},5000\n\
         area,opera,floor,3,1000\n\
         product,mug,Mug,900,EUR,7\n\
         account,anna,20000,EUR\n"
    );
    assert_eq!(
        loaded(&server, &csv, "house.csv"),
        Counts { made: 3, found: 0 }
    );
    let show = server.send("GET", "/v1/shows/opera", "").ok(200);
    assert_eq!(
        (&show["name"], &show["total"]),
        (&json!("Opera, the last"), &json!(4))
    );
    let body = json!({"buyer": "anna", "seats": [seat]}).to_string();
    server.send("POST", "/v1/shows/opera/holds", &body).ok(201);
}
