//! Small builders for tests of this crate.

use crate::ids::{Name, Text};
use crate::money::{Amount, Currency};
use crate::spec::{RowSeats, RowSpec, SectionSpec, ShowSpec};

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// One section of rows A, B, … with `n_seats` each at 100.
pub(crate) fn show_spec(n_rows: u8, n_seats: u32) -> ShowSpec {
    let rows = (0..n_rows)
        .map(|row_idx| RowSpec {
            row: name(std::str::from_utf8(&[b'A' + row_idx]).unwrap()),
            price: None,
            seats: RowSeats::Count(n_seats),
            not_for_sale: Vec::new(),
        })
        .collect();
    ShowSpec {
        title: Text::new("Show").unwrap(),
        venue: Text::default(),
        starts_at: None,
        on_sale_at: None,
        open: true,
        currency: Currency::new("EUR").unwrap(),
        hold_ttl_ms: 10_000,
        order_ttl_ms: 20_000,
        seats_per_buyer_max: None,
        seats_per_hold_max: None,
        tariffs: Vec::new(),
        sections: vec![SectionSpec {
            id: name("main"),
            prefix: Text::default(),
            price: Amount(100),
            rows,
        }],
        areas: Vec::new(),
    }
}
