//! Writes the requests of each connection.

use stampede_run::load::Client;
use stampede_run::wire::{RequestBuffer, Target};

use crate::call::seat_id;
use crate::job::{LoadJob, Seats, Work};

/// Distinct buyers of a load.
const BUYERS: u64 = 100_000;

/// The client of one connection.
pub(super) fn client(job: &LoadJob, target: &Target, connection_idx: usize) -> Box<dyn Client> {
    let target = target.clone();
    let lane = Lane {
        idx: connection_idx as u64,
        of: job.connections as u64,
    };
    match job.work.clone() {
        Work::Book(seats) => Box::new(move |sequence: u64, request: &mut RequestBuffer| {
            post(
                request,
                &target,
                "/v1/bookings",
                &booking(&seats, lane.number(sequence), 1),
            );
        }),
        Work::Repeat { method, path, body } => {
            Box::new(move |_: u64, request: &mut RequestBuffer| {
                request.begin(&target, &method, &path);
                if !body.is_empty() {
                    request.header("Content-Type", "application/json");
                }
                request.end(body.as_bytes());
            })
        }
        Work::Order { product } => Box::new(move |sequence: u64, request: &mut RequestBuffer| {
            let buyer = lane.number(sequence) % BUYERS;
            let body = format!(
                r#"{{"buyer":"buyer-{buyer}","items":[{{"product":"{product}","quantity":1}}]}}"#
            );
            post(request, &target, "/v1/orders", &body);
        }),
        Work::HoldRelease { show, n_seats } => Box::new(Holder {
            target,
            path: format!("/v1/shows/{show}/holds"),
            lane,
            seats_per_lane: (n_seats / lane.of).max(1),
            n_held: 0,
            held: None,
        }),
    }
}

/// The body of a booking of `n_seats` neighbours; after the last seat it starts again.
pub(super) fn booking(seats: &Seats, number: u64, n_seats: u64) -> String {
    let per_show = seats.per_show / n_seats;
    let show_idx = usize::try_from(number / per_show).unwrap_or(usize::MAX) % seats.shows.len();
    let first = number % per_show * n_seats;
    let ids: Vec<_> = (first..first + n_seats)
        .map(|idx| format!("\"{}\"", seat_id(idx)))
        .collect();
    format!(
        r#"{{"buyer":"buyer-{}","show":"{}","seats":[{}]}}"#,
        number % BUYERS,
        seats.shows[show_idx],
        ids.join(",")
    )
}

fn post(request: &mut RequestBuffer, target: &Target, path: &str, body: &str) {
    request.begin(target, "POST", path);
    request.header("Content-Type", "application/json");
    request.end(body.as_bytes());
}

/// One of several connections that share out numbers.
#[derive(Debug, Clone, Copy)]
struct Lane {
    idx: u64,
    of: u64,
}

impl Lane {
    /// The number that this lane's request has among all.
    fn number(self, sequence: u64) -> u64 {
        self.idx + self.of * sequence
    }
}

/// Holds a seat, then releases it.
struct Holder {
    target: Target,
    path: String,
    lane: Lane,
    seats_per_lane: u64,
    n_held: u64,
    /// Id and token of what is held.
    held: Option<(String, String)>,
}

impl Client for Holder {
    fn request(&mut self, _sequence: u64, request: &mut RequestBuffer) {
        if let Some((hold, token)) = self.held.take() {
            request.begin(&self.target, "DELETE", &format!("/v1/holds/{hold}"));
            request.header("Boxoffice-Hold-Token", &token);
            request.end(b"");
            return;
        }
        let seat = self.lane.idx * self.seats_per_lane + self.n_held % self.seats_per_lane;
        self.n_held += 1;
        let body = format!(
            r#"{{"buyer":"buyer-{}","seats":["{}"]}}"#,
            self.lane.idx,
            seat_id(seat)
        );
        post(request, &self.target, &self.path, &body);
    }

    fn answered(&mut self, status: u16, body: &[u8]) {
        if status == 201
            && let (Some(hold), Some(token)) = (member(body, "hold"), member(body, "token"))
        {
            self.held = Some((hold, token));
        }
    }
}

/// A text member of an answer. Parsing the whole would be the loader's time, not the server's.
fn member(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(&format!("\"{name}\":\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bookings_take_every_seat_once() {
        let seats = Seats {
            shows: vec!["a".to_owned(), "b".to_owned()],
            per_show: 2_000,
        };
        let bodies: std::collections::HashSet<_> = (0..2_000)
            .map(|number| booking(&seats, number, 2))
            .collect();
        assert_eq!(bodies.len(), 2_000);
        let last = booking(&seats, 1_999, 2);
        assert_eq!(
            last,
            r#"{"buyer":"buyer-1999","show":"b","seats":["1-999","1-1000"]}"#
        );
    }

    #[test]
    fn lanes_share_out_all_numbers() {
        let mut numbers: Vec<_> = (0..3)
            .flat_map(|idx| (0..4).map(move |sequence| Lane { idx, of: 3 }.number(sequence)))
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn members_are_found() {
        let body = br#"{"hold":"h-1","token":"t.2","fence":1}"#;
        assert_eq!(member(body, "hold").as_deref(), Some("h-1"));
        assert_eq!(member(body, "token").as_deref(), Some("t.2"));
        assert_eq!(member(body, "seat"), None);
    }
}
