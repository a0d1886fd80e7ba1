//! Writes seat maps and changes as JSON, so that a later change can be patched into the bytes.
//!
//! Invariants: every number and status that can change without a new layout has a fixed width
//! (padded with spaces between tokens), so patching never moves a byte; the bytes are a function
//! of the show's states alone. Names need no escaping: their alphabet has nothing to escape.

use std::io::Write as _;

use boxoffice_api::v1::query::SeatsForm;
use boxoffice_api::v1::show_view::Totals;
use boxoffice_engine::ids::{AreaIdx, Position, SeatIdx};
use boxoffice_engine::layout::{Layout, Row, RowOrder};

use super::states::{SeatStates, Status};

/// Digits of the largest position.
const POSITION_WIDTH: usize = 20;
/// Digits of the largest count: 2 million seats and 1,000 areas of 10 million places.
const COUNT_WIDTH: usize = 11;
/// `"booked"`, the longest status that a seat can change to or from by itself.
const STATUS_WIDTH: usize = 8;
const NO_SLOT: usize = usize::MAX;

/// A whole map and where in it the parts are that change.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) bytes: Vec<u8>,
    pub(super) slots: Slots,
}

/// Offsets into the bytes of a map.
#[derive(Debug)]
pub(super) struct Slots {
    position: usize,
    totals: usize,
    areas: Vec<usize>,
    seats: SeatSlots,
}

#[derive(Debug)]
enum SeatSlots {
    /// Of each seat's status, by index.
    Full(Vec<usize>),
    /// Of each row's letters, by index.
    Compact(Vec<usize>),
}

/// Draws a whole map.
pub(super) fn draw(states: &SeatStates, form: SeatsForm) -> Drawn {
    let layout = states.layout().as_ref();
    let bytes_per_seat = if form == SeatsForm::Full { 112 } else { 2 };
    let mut out = Vec::with_capacity(1_024 + layout.n_seats() * bytes_per_seat);
    let name = if form == SeatsForm::Full {
        "full"
    } else {
        "compact"
    };
    put(
        &mut out,
        format_args!(r#"{{"show":"{}","form":"{name}","position":"#, layout.id),
    );
    let position = out.len();
    fixed(&mut out, states.position().0, POSITION_WIDTH);
    let totals = out.len();
    put_totals(&mut out, &states.totals());
    let seats = match form {
        SeatsForm::Full => SeatSlots::Full(draw_seats(&mut out, states)),
        SeatsForm::Compact => SeatSlots::Compact(draw_rows(&mut out, states)),
    };
    let areas = draw_areas(&mut out, states);
    out.push(b'}');
    Drawn {
        bytes: out,
        slots: Slots {
            position,
            totals,
            areas,
            seats,
        },
    }
}

fn draw_seats(out: &mut Vec<u8>, states: &SeatStates) -> Vec<usize> {
    let layout = states.layout();
    let mut slots = vec![NO_SLOT; layout.n_seats()];
    out.extend_from_slice(br#","seats":["#);
    let mut is_first = true;
    for row in &layout.rows {
        let section = &section_of(layout, row).id;
        for (seat, number) in row.seats.iter().zip(1_u32..) {
            out.extend_from_slice(if is_first { b"\n" } else { b",\n" });
            is_first = false;
            out.extend_from_slice(br#"{"seat":""#);
            out.extend_from_slice(layout.seat_name(seat).as_bytes());
            out.extend_from_slice(br#"","section":""#);
            out.extend_from_slice(section.as_str().as_bytes());
            out.extend_from_slice(br#"","row":""#);
            out.extend_from_slice(row.label.as_str().as_bytes());
            put(
                out,
                format_args!(r#"","number":{number},"price":{},"status":"#, row.price),
            );
            *slots
                .get_mut(seat.at())
                .expect("rows name seats of their layout") = out.len();
            out.extend_from_slice(quoted(states.status(seat)));
            out.push(b'}');
        }
    }
    out.push(b']');
    slots
}

fn draw_rows(out: &mut Vec<u8>, states: &SeatStates) -> Vec<usize> {
    let layout = states.layout();
    let mut slots = vec![NO_SLOT; layout.rows.len()];
    out.extend_from_slice(br#","sections":["#);
    for (idx, section) in layout.sections.iter().enumerate() {
        let comma = if idx == 0 { "" } else { "," };
        put(
            out,
            format_args!(r#"{comma}{{"section":"{}","rows":["#, section.id),
        );
        for row_idx in section.rows.clone() {
            let row = layout
                .rows
                .get(row_idx)
                .expect("sections name rows of their layout");
            let comma = if row_idx == section.rows.start {
                "\n"
            } else {
                ",\n"
            };
            put(
                out,
                format_args!(r#"{comma}{{"row":"{}","price":{},"#, row.label, row.price),
            );
            draw_names(out, layout, row);
            out.extend_from_slice(br#""states":""#);
            *slots.get_mut(row_idx).expect("one slot for each row") = out.len();
            out.extend(row.seats.iter().map(|seat| states.status(seat).letter()));
            out.extend_from_slice(br#""}"#);
        }
        out.extend_from_slice(b"]}");
    }
    out.push(b']');
    slots
}

/// The ids of a row: a prefix before 1, 2, 3 … where they are made so, else each of them.
fn draw_names(out: &mut Vec<u8>, layout: &Layout, row: &Row) {
    if let Some(prefix) = common_prefix(layout, row) {
        put(out, format_args!(r#""prefix":"{prefix}","#));
        return;
    }
    out.extend_from_slice(br#""seats":["#);
    for (idx, seat) in row.seats.iter().enumerate() {
        let comma = if idx == 0 { "" } else { "," };
        put(out, format_args!(r#"{comma}"{}""#, layout.seat_name(seat)));
    }
    out.extend_from_slice(b"],");
}

fn common_prefix<'a>(layout: &'a Layout, row: &Row) -> Option<&'a str> {
    let prefix = layout.seat_name(row.seats.at(0)?).strip_suffix('1')?;
    let mut number = String::with_capacity(8);
    let all = row.seats.iter().zip(1_u32..).all(|(seat, n)| {
        number.clear();
        number.push_str(&n.to_string());
        layout.seat_name(seat).strip_prefix(prefix) == Some(number.as_str())
    });
    all.then_some(prefix)
}

fn draw_areas(out: &mut Vec<u8>, states: &SeatStates) -> Vec<usize> {
    let mut slots = Vec::with_capacity(states.layout().areas.len());
    out.extend_from_slice(br#","areas":["#);
    let mut is_first = true;
    for (area, idx) in states.layout().areas.iter().zip(0_u32..) {
        slots.push(NO_SLOT);
        if area.capacity == 0 {
            continue;
        }
        let comma = if is_first { "" } else { "," };
        is_first = false;
        put(
            out,
            format_args!(r#"{comma}{{"id":"{}","price":{}"#, area.id, area.price),
        );
        *slots.last_mut().expect("pushed above") = out.len();
        put_totals(out, &states.area(AreaIdx(idx)));
        out.push(b'}');
    }
    out.push(b']');
    slots
}

/// Patches a map of `old` into one of `new`. False, with the bytes in between, when the two do not
/// share a layout or a status does not fit its slot: draw anew then.
pub(super) fn patch(bytes: &mut [u8], slots: &Slots, old: &SeatStates, new: &SeatStates) -> bool {
    if old.layout().version != new.layout().version {
        return false;
    }
    let layout = new.layout();
    for (seat, status) in new.chunks.changed_since(&old.chunks) {
        let fits = match &slots.seats {
            SeatSlots::Full(offsets) => {
                let is_narrow = |status| status != Status::NotForSale;
                let offset = offsets.get(seat.at()).copied().unwrap_or(NO_SLOT);
                is_narrow(status)
                    && is_narrow(old.status(seat))
                    && overwrite(bytes, offset, quoted(status))
            }
            SeatSlots::Compact(rows) => letter_offset(rows, layout, seat)
                .is_some_and(|offset| overwrite(bytes, offset, &[status.letter()])),
        };
        if !fits {
            return false;
        }
    }
    let mut text = Vec::with_capacity(128);
    fixed(&mut text, new.position().0, POSITION_WIDTH);
    let mut fits = overwrite(bytes, slots.position, &text);
    let areas = slots
        .areas
        .iter()
        .zip(0_u32..)
        .filter(|(offset, _)| **offset != NO_SLOT);
    let areas = areas.map(|(offset, idx)| (*offset, new.area(AreaIdx(idx))));
    for (offset, totals) in areas.chain([(slots.totals, new.totals())]) {
        text.clear();
        put_totals(&mut text, &totals);
        fits &= overwrite(bytes, offset, &text);
    }
    fits
}

fn letter_offset(rows: &[usize], layout: &Layout, seat: SeatIdx) -> Option<usize> {
    let row_idx = layout.row_idx_of(seat)?;
    let place = match &layout.rows.get(row_idx)?.seats {
        RowOrder::Run { first, .. } => seat.at().checked_sub(first.at())?,
        RowOrder::List(seats) => seats.iter().position(|other| *other == seat)?,
    };
    rows.get(row_idx)?.checked_add(place)
}

fn overwrite(bytes: &mut [u8], offset: usize, text: &[u8]) -> bool {
    let slot = offset
        .checked_add(text.len())
        .and_then(|end| bytes.get_mut(offset..end));
    slot.map(|slot| slot.copy_from_slice(text)).is_some()
}

/// The seats and areas that changed after `since`, as they are in `states`.
pub(super) struct Delta<'a> {
    pub(super) layout: &'a Layout,
    pub(super) since: Position,
    pub(super) position: Position,
    pub(super) totals: Totals,
    pub(super) seats: Vec<(SeatIdx, Status)>,
    pub(super) areas: Vec<(AreaIdx, Totals)>,
}

/// Draws changes, on one line.
pub(super) fn draw_delta(delta: &Delta<'_>) -> Vec<u8> {
    let layout = delta.layout;
    let mut out = Vec::with_capacity(256 + delta.seats.len() * 36 + delta.areas.len() * 96);
    let (since, position) = (delta.since, delta.position);
    put(
        &mut out,
        format_args!(r#"{{"show":"{}","since":{since},"#, layout.id),
    );
    put(&mut out, format_args!(r#""position":{position}"#));
    put_totals_narrow(&mut out, &delta.totals);
    out.extend_from_slice(br#","changes":["#);
    for (idx, (seat, status)) in delta.seats.iter().enumerate() {
        let comma = if idx == 0 { "" } else { "," };
        let (name, status) = (layout.seat_name(*seat), status.name());
        put(
            &mut out,
            format_args!(r#"{comma}{{"seat":"{name}","status":"{status}"}}"#),
        );
    }
    out.extend_from_slice(br#"],"areas":["#);
    let areas = delta
        .areas
        .iter()
        .filter_map(|(idx, t)| Some((layout.areas.get(idx.at())?, t)));
    for (idx, (area, totals)) in areas.enumerate() {
        let comma = if idx == 0 { "" } else { "," };
        put(
            &mut out,
            format_args!(r#"{comma}{{"id":"{}","price":{}"#, area.id, area.price),
        );
        put_totals_narrow(&mut out, totals);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}

fn section_of<'a>(layout: &'a Layout, row: &Row) -> &'a boxoffice_engine::layout::Section {
    layout
        .sections
        .get(row.section)
        .expect("rows name sections of their layout")
}

fn quoted(status: Status) -> &'static [u8] {
    const _: () = assert!(br#""free"  "#.len() == STATUS_WIDTH);
    const _: () = assert!(br#""held"  "#.len() == STATUS_WIDTH);
    const _: () = assert!(br#""booked""#.len() == STATUS_WIDTH);
    match status {
        Status::Free => br#""free"  "#,
        Status::Held => br#""held"  "#,
        Status::Booked => br#""booked""#,
        Status::NotForSale => br#""not_for_sale""#,
    }
}

fn put_totals(out: &mut Vec<u8>, totals: &Totals) {
    for (name, count) in named(totals) {
        out.extend_from_slice(name.as_bytes());
        fixed(out, count, COUNT_WIDTH);
    }
}

fn put_totals_narrow(out: &mut Vec<u8>, totals: &Totals) {
    for (name, count) in named(totals) {
        put(out, format_args!("{name}{count}"));
    }
}

fn named(totals: &Totals) -> [(&'static str, u64); 5] {
    [
        (r#","total":"#, totals.total),
        (r#","free":"#, totals.free),
        (r#","held":"#, totals.held),
        (r#","booked":"#, totals.booked),
        (r#","not_for_sale":"#, totals.not_for_sale),
    ]
}

fn fixed(out: &mut Vec<u8>, number: u64, width: usize) {
    put(out, format_args!("{number:>width$}"));
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text)
        .expect("writing to memory does not fail");
}
