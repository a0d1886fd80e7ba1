//! Tests of layouts: names, indexes that stay, what is refused.

use super::*;
use crate::spec::{RowSeats, ShowSpec};
use crate::testing::{name, show_spec};

fn build(spec: &ShowSpec, previous: Option<&Layout>) -> Result<Layout, LayoutError> {
    Layout::build(ShowIdx(0), &name("s"), Principal(0), spec, previous)
}

#[test]
fn generated_seats_are_named_by_row_and_number() {
    let layout = build(&show_spec(2, 3), None).unwrap();
    assert_eq!(layout.n_seats(), 6);
    let seat = layout.seat("B3").unwrap();
    assert_eq!(seat, SeatIdx(5));
    assert_eq!(layout.number_in_row(seat), Some(3));
    assert_eq!(layout.row_of(seat).unwrap().label.as_str(), "B");
}

#[test]
fn a_label_that_ends_in_a_digit_gets_a_dash() {
    let mut spec = show_spec(1, 2);
    spec.sections[0].rows[0].row = name("1");
    assert!(build(&spec, None).unwrap().seat("1-2").is_some());
}

#[test]
fn a_changed_show_keeps_every_index() {
    let old = build(&show_spec(2, 3), None).unwrap();
    let mut spec = show_spec(2, 3);
    spec.sections[0].rows[0].seats = RowSeats::Named(vec![name("A3"), name("A9"), name("A1")]);
    let new = build(&spec, Some(&old)).unwrap();
    assert_eq!(new.seat("A3"), old.seat("A3"));
    assert_eq!(new.seat("B1"), old.seat("B1"));
    assert_eq!(new.seat("A9"), Some(SeatIdx(6)));
    assert_eq!(new.seat("A2"), None);
    assert_eq!(new.number_in_row(SeatIdx(0)), Some(3));
    assert!(!new.is_for_sale(SeatIdx(1)));
}

#[test]
fn the_same_seat_twice_is_refused() {
    let mut spec = show_spec(1, 2);
    let again = spec.sections[0].rows[0].clone();
    spec.sections[0].rows.push(again);
    assert_eq!(build(&spec, None).unwrap_err(), LayoutError::Duplicate);
}
