//! The schemas of [`super::show`], in a file of their own because that one is long.
//!
//! Invariants: one schema for each type that a client can send.

use serde_json::{Value, json};

use super::show::Tariff;
use crate::limits;
use crate::schema::{
    self, amount, bounded, currency, flag, id, int, label, of, opt, or, req, request, text, time,
};

pub(crate) fn schemas() -> Vec<schema::Named> {
    vec![show(), tariff(), section(), row(), area()]
}

fn show() -> schema::Named {
    let hold_ttl = (limits::HOLD_TTL_MS_MIN, limits::HOLD_TTL_MS_MAX);
    let order_ttl = (limits::ORDER_TTL_MS_MIN, limits::ORDER_TTL_MS_MAX);
    let hold_ttl = int(hold_ttl.0, hold_ttl.1, "Life of a hold in milliseconds");
    let order_ttl = int(
        order_ttl.0,
        order_ttl.1,
        "Time to pay an order in milliseconds",
    );
    let per_buyer = int(
        1,
        limits::SEATS_PER_BUYER_MAX,
        "Most seats and places of one buyer",
    );
    let per_hold = int(
        1,
        limits::SEATS_PER_HOLD_MAX,
        "Most seats and places in one hold",
    );
    let tariffs = bounded(
        of("Tariff"),
        1,
        limits::TARIFFS_PER_SHOW_MAX,
        "Price groups",
    );
    let sections = bounded(
        of("Section"),
        0,
        limits::SECTIONS_PER_SHOW_MAX,
        "Numbered seats",
    );
    let areas = bounded(
        of("Area"),
        0,
        limits::AREAS_PER_SHOW_MAX,
        "General admission",
    );
    let show = request(
        "ShowRequest",
        "The whole show as it shall be from now on",
        vec![
            req("name", text("Name for people")),
            opt("starts_at", time("When it begins")),
            opt("on_sale_at", time("When the sale begins; absent: at once")),
            opt("open", or(flag("Whether it takes new claims"), json!(true))),
            opt("venue", text("Where it is")),
            req("currency", currency("ISO 4217 code of all prices")),
            opt(
                "hold_ttl_ms",
                or(hold_ttl, json!(limits::HOLD_TTL_MS_DEFAULT)),
            ),
            opt(
                "order_ttl_ms",
                or(order_ttl, json!(limits::ORDER_TTL_MS_DEFAULT)),
            ),
            opt("seats_per_buyer_max", per_buyer),
            opt("seats_per_hold_max", per_hold),
            opt("tariffs", or(tariffs, json!(Tariff::defaults()))),
            opt("sections", sections),
            opt("areas", areas),
        ],
        json!({
            "name": "Tosca", "currency": "EUR", "starts_at": "2027-05-01T19:30:00+02:00",
            "sections": [{"id": "stalls", "price": 9000, "rows": [{"row": "A", "seats": 20}]}],
            "areas": [{"id": "standing", "capacity": 150, "price": 1500}],
        }),
    );
    schema::any_of(show, &[&["sections"], &["areas"]])
}

fn tariff() -> schema::Named {
    let percent = int(0, limits::TARIFF_PERCENT_MAX, "Percent of the price");
    request(
        "Tariff",
        "A price group: every price times percent / 100, rounded down",
        vec![
            req("code", id("Unique in the show")),
            req("label", text("Name for people")),
            req("percent", percent),
        ],
        json!({"code": "student", "label": "Student", "percent": 70}),
    )
}

fn section() -> schema::Named {
    request(
        "Section",
        "A part of the hall",
        vec![
            req("id", id("Unique in the show")),
            req("price", amount("Of a seat, in minor units")),
            opt("prefix", prefix()),
            req(
                "rows",
                bounded(of("Row"), 1, limits::ROWS_PER_SECTION_MAX, "Front to back"),
            ),
        ],
        json!({"id": "stalls", "price": 9000, "rows": [{"row": "A", "seats": 20}]}),
    )
}

fn prefix() -> Value {
    let pattern = format!("^[A-Za-z0-9._:-]{{0,{}}}$", limits::ROW_LABEL_BYTES_MAX);
    let doc = "Put before every generated seat id";
    json!({"type": "string", "pattern": pattern, "description": doc})
}

fn row() -> schema::Named {
    let max = limits::SEATS_PER_ROW_MAX;
    let ids_max = usize::try_from(max).unwrap_or(usize::MAX);
    let seats = json!({
        "description": "How many seats, with generated ids (prefix, row label, number from 1; \
            with `-` before the number if the label ends in a digit), or the id of each",
        "oneOf": [
            int(1, max, "How many"),
            bounded(id("Id of a seat"), 1, ids_max, "Ids in order"),
        ],
    });
    request(
        "Row",
        "Neighbouring seats, from left to right",
        vec![
            req("row", label("Label, unique in its section")),
            req("seats", seats),
            opt(
                "price",
                amount("Of a seat, in minor units; absent: the section's"),
            ),
            opt(
                "not_for_sale",
                bounded(id("Id of a seat"), 0, ids_max, "Never sold"),
            ),
        ],
        json!({"row": "B", "seats": ["B1", "B2", "B4"], "not_for_sale": ["B4"]}),
    )
}

fn area() -> schema::Named {
    let capacity = int(
        1,
        limits::AREA_CAPACITY_MAX,
        "Most places held and booked together",
    );
    request(
        "Area",
        "Places without numbers",
        vec![
            req("id", id("Unique in the show")),
            req("capacity", capacity),
            req("price", amount("Of a place, in minor units")),
        ],
        json!({"id": "standing", "capacity": 150, "price": 1500}),
    )
}
