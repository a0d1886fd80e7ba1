//! Compares all that a house says with all that was acknowledged.
//!
//! Never: believes an answer without its request; allows for more than short holds that may have
//! expired.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::http::Connection;
use crate::known::{Claim, Known, PRODUCT_PRICE};
use crate::load::Client;
use crate::operate::{PRODUCTS, ROWS, SEATS_PER_ROW, SHOW};

/// Units of every product that the house begins with.
pub(crate) const STOCK: i64 = 300;

/// Opens the house: the show and the products.
pub(crate) fn set_up(connection: &mut Connection) {
    let show = crate::operate::show().to_string();
    let made = connection
        .ask("PUT", &format!("/v1/shows/{SHOW}"), &show)
        .unwrap();
    assert_eq!(made.status, 201, "{made:?}");
    for product in PRODUCTS {
        let body = json!({"price": PRODUCT_PRICE, "currency": "EUR", "stock": STOCK}).to_string();
        let made = connection
            .ask("PUT", &format!("/v1/products/{product}"), &body)
            .unwrap();
        assert_eq!(made.status, 201, "{made:?}");
    }
}

/// Compares everything.
///
/// # Panics
/// At the first thing that is lost, doubled or changed.
pub(crate) fn check(address: SocketAddr, clients: &[Client]) {
    let mut connection = Connection::open(address).expect("the server takes connections");
    let mut position = 0;
    std::thread::scope(|scope| {
        for client in clients {
            scope.spawn(move || check_client(address, client));
        }
    });
    for product in PRODUCTS {
        let total = |of: fn(&Known) -> &BTreeMap<String, i64>| -> i64 {
            clients
                .iter()
                .filter_map(|client| of(&client.known).get(product))
                .sum()
        };
        let (sold, restocked) = (total(|known| &known.sold), total(|known| &known.restocked));
        let answer = connection.read(&format!("/v1/products/{product}")).unwrap();
        position = position.max(answer.position());
        let body = answer.json();
        let counts = (&body["stock"], &body["sold"], &body["restocked"]);
        let expected = (
            &json!(STOCK + restocked - sold),
            &json!(sold),
            &json!(restocked),
        );
        assert_eq!(counts, expected, "{product}");
    }
    check_map(&mut connection, position, clients);
}

fn read(connection: &mut Connection, path: &str) -> Value {
    let answer = connection.read(path).unwrap();
    assert_eq!(answer.status, 200, "LOST: {path}: {answer:?}");
    answer.json()
}

fn check_client(address: SocketAddr, client: &Client) {
    let mut connection = Connection::open(address).expect("the server takes connections");
    let known = &client.known;
    for (id, booking) in &known.bookings {
        let body = read(&mut connection, &format!("/v1/bookings/{id}"));
        let status = if booking.confirmed {
            "confirmed"
        } else {
            "cancelled"
        };
        assert_eq!(body["status"], status, "{body}");
        assert_eq!(body["buyer"], client.buyer, "{body}");
        assert_eq!(body["order"].as_str(), booking.order.as_deref(), "{body}");
        check_claim(&body, &booking.claim);
    }
    for (id, order) in &known.orders {
        let body = read(&mut connection, &format!("/v1/orders/{id}"));
        let booking = order.booking.as_deref();
        assert_eq!(body["status"], order.status, "{body}");
        assert_eq!(body["refunded"], order.refunded, "{body}");
        assert_eq!(body["booking"].as_str(), booking, "{body}");
        if order.status == "pending_payment" {
            check_claim(&body, &order.claim);
        }
    }
    for (id, hold) in known.holds.iter().filter(|(_, hold)| !hold.short) {
        let token = [("boxoffice-hold-token", hold.token.as_str())];
        let answer = connection
            .ask_with("GET", &format!("/v1/holds/{id}"), &token, "")
            .unwrap();
        assert_eq!(answer.status, 200, "LOST: hold {id}: {answer:?}");
        check_claim(&answer.json(), &hold.claim);
    }
    let account = connection
        .read(&format!("/v1/accounts/{}", client.buyer))
        .unwrap();
    match known.balance {
        Some(balance) => assert_eq!(account.json()["balance"], balance, "{account:?}"),
        None => assert_eq!(account.status, 404, "{account:?}"),
    }
    check_list(
        &mut connection,
        client,
        "bookings",
        "booking",
        known.bookings.keys(),
    );
    check_list(
        &mut connection,
        client,
        "orders",
        "order",
        known.orders.keys(),
    );
}

fn check_claim(body: &Value, claim: &Claim) {
    let seats: BTreeSet<_> = body["seats"]
        .as_array()
        .unwrap()
        .iter()
        .map(|seat| seat["seat"].as_str())
        .collect();
    let expected: BTreeSet<_> = claim.seats.iter().map(|seat| Some(seat.as_str())).collect();
    assert_eq!(seats, expected, "{body}");
    assert_eq!(
        body["places"]["quantity"].as_i64().unwrap_or(0),
        claim.places,
        "{body}"
    );
}

/// A buyer must have all that was acknowledged and nothing else: that would be an effect twice.
fn check_list<'a>(
    connection: &mut Connection,
    client: &Client,
    list: &str,
    item: &str,
    known: impl Iterator<Item = &'a String>,
) {
    let mut listed = BTreeSet::new();
    let mut query = String::from("limit=100");
    loop {
        let path = format!("/v1/buyers/{}/{list}?{query}", client.buyer);
        let page = connection.read(&path).unwrap();
        // A buyer without anything may be unknown.
        if page.status == 404 {
            break;
        }
        let body = page.json();
        for row in body[list]
            .as_array()
            .unwrap_or_else(|| panic!("{path}: {body}"))
        {
            let is_new = listed.insert(row[item].as_str().unwrap().to_owned());
            assert!(is_new, "{path} lists {row} twice");
        }
        match body["next"].as_str() {
            Some(next) => query = format!("limit=100&before={next}"),
            None => break,
        }
    }
    assert_eq!(
        listed,
        known.cloned().collect(),
        "the {list} of {}",
        client.buyer
    );
}

/// Every seat and place has exactly the claim that was acknowledged for it.
fn check_map(connection: &mut Connection, position: u64, clients: &[Client]) {
    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    let (mut booked, mut held, mut held_at_most) = (0, 0, 0);
    let mut perhaps = BTreeSet::new();
    for known in clients.iter().map(|client| &client.known) {
        let claims = known
            .bookings
            .values()
            .map(|booking| ("booked", &booking.claim));
        let holds = known
            .holds
            .values()
            .filter(|hold| !hold.short)
            .map(|hold| &hold.claim);
        let orders = known
            .orders
            .values()
            .filter(|order| order.status == "pending_payment");
        let holds = holds.chain(orders.map(|order| &order.claim));
        for (status, claim) in claims.chain(holds.map(|claim| ("held", claim))) {
            for seat in &claim.seats {
                let other = expected.insert(seat.clone(), status);
                assert!(
                    other.is_none(),
                    "DOUBLED: seat {seat} is {status} and {other:?}"
                );
            }
            *(if status == "booked" {
                &mut booked
            } else {
                &mut held
            }) += claim.places;
        }
        for hold in known.holds.values().filter(|hold| hold.short) {
            perhaps.extend(hold.claim.seats.iter().map(String::as_str));
            held_at_most += hold.claim.places;
        }
    }
    held_at_most += held;
    let map = read(
        connection,
        &format!("/v1/shows/{SHOW}/seats?min_position={position}"),
    );
    let seats = map["seats"].as_array().expect("a map lists its seats");
    assert_eq!(seats.len(), ROWS.len() * SEATS_PER_ROW);
    for seat in seats {
        let (id, status) = (
            seat["seat"].as_str().unwrap(),
            seat["status"].as_str().unwrap(),
        );
        let is_right = match expected.get(id) {
            Some(expected) => *expected == status,
            None => status == "free" || (status == "held" && perhaps.contains(id)),
        };
        assert!(
            is_right,
            "seat {id} is {status}, acknowledged was {:?}",
            expected.get(id)
        );
    }
    let area = &map["areas"][0];
    assert_eq!(area["booked"], booked, "{area}");
    let area_held = area["held"].as_i64().expect("a count");
    assert!(
        (held..=held_at_most).contains(&area_held),
        "{held} to {held_at_most}: {area}"
    );
}
