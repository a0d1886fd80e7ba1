//! What the cinema shows: movies, showtimes, ticket types and seats.
//!
//! Invariants: a movie is the title that showtimes share; its number is that of its first showtime.

use std::collections::BTreeMap;

use boxoffice_api::Timestamp;
use boxoffice_engine::ids::SeatIdx;
use boxoffice_engine::layout::Layout;
use boxoffice_engine::money::Amount;
use http::StatusCode;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::super::desk::{self, Desk, Price};
use super::super::fields::number;
use super::{SHOW, bad_request, no_showtime, price, refuse, seat_type, showtime_seat_id};
use crate::http::Response;
use crate::views::Status;

/// Which seats a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    /// All.
    All,
    /// Those that can be locked.
    OnlyAvailable,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Movie<'a> {
    movie_id: u64,
    title: &'a str,
    showtime_count: usize,
}

/// `GET /movies`
pub(super) fn movies(desk: Desk<'_>) -> Response {
    let layouts = desk.house.layouts.all();
    let movies = movies_of(layouts.iter().map(AsRef::as_ref));
    desk::json(StatusCode::OK, &movies)
}

fn movies_of<'a>(layouts: impl Iterator<Item = &'a Layout>) -> Vec<Movie<'a>> {
    let mut by_title: BTreeMap<&str, Movie<'_>> = BTreeMap::new();
    for layout in layouts {
        let Some(showtime) = desk::number_of(&layout.id, SHOW) else {
            continue;
        };
        let title = layout.title.as_str();
        let first = || Movie {
            movie_id: showtime,
            title,
            showtime_count: 0,
        };
        let movie = by_title.entry(title).or_insert_with(first);
        movie.movie_id = movie.movie_id.min(showtime);
        movie.showtime_count += 1;
    }
    let mut movies: Vec<_> = by_title.into_values().collect();
    movies.sort_unstable_by_key(|movie| movie.movie_id);
    movies
}

/// `GET /showtimes/movie/{movieId}/upcoming`
pub(super) fn upcoming(desk: Desk<'_>, movie: Option<u64>) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Showtime<'a> {
        showtime_id: u64,
        movie_id: u64,
        movie_title: &'a str,
        cinema_name: &'a str,
        start_time: Option<Timestamp>,
        total_seats: u64,
        available_seats: u64,
    }
    let Some(movie_id) = movie else {
        return bad_request("The movie's id in the path must be a number.");
    };
    let layouts = desk.house.layouts.all();
    let movies = movies_of(layouts.iter().map(AsRef::as_ref));
    let title = movies
        .iter()
        .find(|movie| movie.movie_id == movie_id)
        .map(|movie| movie.title);
    let now = desk::now();
    let mut showtimes: Vec<_> = layouts
        .iter()
        .filter(|layout| Some(layout.title.as_str()) == title)
        .filter(|layout| layout.starts_at.is_none_or(|at| now < desk::time(at)))
        .filter_map(|layout| {
            let (totals, _) = desk.views.totals(layout.show).unwrap_or_default();
            Some(Showtime {
                showtime_id: desk::number_of(&layout.id, SHOW)?,
                movie_id,
                movie_title: layout.title.as_str(),
                cinema_name: layout.venue.as_str(),
                start_time: layout.starts_at.map(desk::time),
                total_seats: totals.total,
                available_seats: totals.free,
            })
        })
        .collect();
    showtimes.sort_unstable_by_key(|showtime| (showtime.start_time, showtime.showtime_id));
    desk::json(StatusCode::OK, &showtimes)
}

/// `GET /ticket-types?showtimeId=`
pub(super) fn ticket_types(desk: Desk<'_>) -> Response {
    let query = desk.request.uri.query().unwrap_or_default();
    let Some(showtime) = showtime_in(query) else {
        return bad_request("The query must name one showtimeId, a number.");
    };
    let Some(layout) = desk.show(SHOW, showtime) else {
        return no_showtime();
    };
    desk::json(StatusCode::OK, &tickets(&layout))
}

fn showtime_in(query: &str) -> Option<u64> {
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("showtimeId="));
    let value = values.next()?;
    if values.next().is_none() {
        number(value)
    } else {
        None
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TicketType<'a> {
    ticket_type_id: usize,
    code: &'a str,
    label: &'a str,
    price: Price,
}

/// The ticket types, at the price of the showtime's first row.
fn tickets(layout: &Layout) -> Vec<TicketType<'_>> {
    let full = layout.rows.first().map_or(Amount::ZERO, |row| row.price);
    let types = layout
        .tariffs
        .iter()
        .enumerate()
        .map(|(idx, tariff)| TicketType {
            ticket_type_id: idx + 1,
            code: tariff.code.as_str(),
            label: tariff.label.as_str(),
            price: price(full.percent(tariff.percent).unwrap_or(full), layout),
        });
    types.collect()
}

/// `GET /showtime-seats/showtime/{id}` and `…/available`
pub(super) async fn seats(desk: Desk<'_>, showtime: Option<u64>, listed: Listed) -> Response {
    let Some(showtime) = showtime else {
        return bad_request("The showtime's id in the path must be a number.");
    };
    let Some(layout) = desk.show(SHOW, showtime) else {
        return no_showtime();
    };
    let Some(seats) = desk.seats(layout.show).await else {
        return refuse(&super::super::not_in_view());
    };
    let status = |seat| seats.status(seat);
    let body = seat_list(seats.layout(), showtime, listed, status);
    desk::at_position(desk::json(StatusCode::OK, &body), seats.position())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Seat<'a> {
    showtime_seat_id: u64,
    showtime_id: u64,
    seat_id: u64,
    row_label: &'a str,
    seat_number: usize,
    seat_type: &'a str,
    status: &'static str,
    price: Price,
    price_breakdown: Breakdown<'a>,
}

/// What a seat costs at each ticket type, by its code.
struct Breakdown<'a> {
    layout: &'a Layout,
    full: Amount,
}

impl Serialize for Breakdown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.layout.tariffs.len()))?;
        for tariff in &self.layout.tariffs {
            let at_tariff = self.full.percent(tariff.percent).unwrap_or(self.full);
            map.serialize_entry(tariff.code.as_str(), &price(at_tariff, self.layout))?;
        }
        map.end()
    }
}

pub(super) fn seat_list(
    layout: &Layout,
    showtime_id: u64,
    listed: Listed,
    status: impl Fn(SeatIdx) -> Status,
) -> Vec<Seat<'_>> {
    let mut seats = Vec::new();
    for row in &layout.rows {
        for (place, seat) in row.seats.iter().enumerate() {
            let status = status(seat);
            if listed == Listed::OnlyAvailable && status != Status::Free {
                continue;
            }
            seats.push(Seat {
                showtime_seat_id: showtime_seat_id(showtime_id, seat),
                showtime_id,
                seat_id: u64::from(seat.0) + 1,
                row_label: row.label.as_str(),
                seat_number: place + 1,
                seat_type: seat_type(layout, seat),
                status: match status {
                    Status::Free => "AVAILABLE",
                    Status::Held => "LOCKED",
                    // The clients know no word for a seat that nobody can have.
                    Status::Booked | Status::NotForSale => "BOOKED",
                },
                price: price(row.price, layout),
                price_breakdown: Breakdown {
                    layout,
                    full: row.price,
                },
            });
        }
    }
    seats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_one_showtime() {
        for (query, showtime) in [
            ("showtimeId=2", Some(2)),
            ("a=b&showtimeId=2&c", Some(2)),
            ("", None),
            ("showtimeid=2", None),
            ("showtimeId=", None),
            ("showtimeId=-2", None),
            ("showtimeId=2&showtimeId=3", None),
            ("showtimeId=99999999999999999999", None),
        ] {
            assert_eq!(showtime_in(query), showtime, "{query}");
        }
    }
}
