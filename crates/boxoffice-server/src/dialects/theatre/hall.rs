//! The theatre's shows and halls, read from the views.

use boxoffice_api::Timestamp;
use boxoffice_engine::ids::SeatIdx;
use boxoffice_engine::layout::Layout;
use http::StatusCode;
use serde::Serialize;

use super::super::desk::{self, Desk};
use super::{NO_SHOW, SHOW, constant, refuse};
use crate::http::Response;
use crate::views::Status;

/// What the originals say about a show, as far as the house knows it.
#[derive(Serialize)]
struct ShowFields<'a> {
    show_id: u64,
    movie_title: &'a str,
    hall_name: &'a str,
    venue_name: &'a str,
    start_time: Option<Timestamp>,
    price: String,
}

impl<'a> ShowFields<'a> {
    fn of(layout: &'a Layout, show_id: u64) -> Self {
        let section = layout.sections.first();
        let row = layout.rows.first();
        let price = row.map_or_else(Default::default, |row| row.price);
        Self {
            show_id,
            movie_title: layout.title.as_str(),
            hall_name: section.map_or("", |section| section.id.as_str()),
            venue_name: layout.venue.as_str(),
            start_time: layout.starts_at.map(desk::time),
            price: desk::decimal(price, layout.currency, 2),
        }
    }
}

/// `GET /api/shows/`
pub(super) fn shows(desk: Desk<'_>) -> Response {
    let layouts = desk.house.layouts.all();
    let shows: Vec<_> = layouts
        .iter()
        .filter_map(|layout| {
            let number = desk::number_of(&layout.id, SHOW)?;
            Some(ShowFields::of(layout, number))
        })
        .collect();
    desk::json(StatusCode::OK, &shows)
}

/// `GET /api/hall-layout/{show}/`
pub(super) async fn hall_layout(desk: Desk<'_>, show: Option<u64>) -> Response {
    let layout = show.and_then(|number| desk.show(SHOW, number));
    let Some((show, layout)) = show.zip(layout) else {
        return constant(StatusCode::NOT_FOUND, NO_SHOW);
    };
    let Some(seats) = desk.seats(layout.show).await else {
        return refuse(&super::super::not_in_view());
    };
    let response = hall(seats.layout(), show, |seat| seats.status(seat));
    desk::at_position(response, seats.position())
}

pub(super) fn hall(layout: &Layout, show_id: u64, status: impl Fn(SeatIdx) -> Status) -> Response {
    #[derive(Serialize)]
    struct Hall<'a> {
        #[serde(flatten)]
        show: ShowFields<'a>,
        total_rows: usize,
        seats_per_row: usize,
        seats: Vec<Seat<'a>>,
    }
    #[derive(Serialize)]
    struct Seat<'a> {
        id: u64,
        row: &'a str,
        number: usize,
        seat_type: &'a str,
        status: &'static str,
    }
    let mut seats = Vec::with_capacity(layout.n_seats());
    for row in &layout.rows {
        let section = layout
            .sections
            .get(row.section)
            .map_or("", |s| s.id.as_str());
        for (place, seat) in row.seats.iter().enumerate() {
            seats.push(Seat {
                id: u64::from(seat.0) + 1,
                row: row.label.as_str(),
                number: place + 1,
                seat_type: section,
                status: match status(seat) {
                    Status::Free => "AVAILABLE",
                    Status::Held => "LOCKED",
                    Status::Booked | Status::NotForSale => "BOOKED",
                },
            });
        }
    }
    let body = Hall {
        show: ShowFields::of(layout, show_id),
        total_rows: layout.rows.len(),
        seats_per_row: layout
            .rows
            .iter()
            .map(|row| row.seats.len())
            .max()
            .unwrap_or(0),
        seats,
    };
    desk::json(StatusCode::OK, &body)
}
