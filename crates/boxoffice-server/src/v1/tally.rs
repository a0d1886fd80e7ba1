//! Counts what the routes answer: requests by route and status, their time, conflicts by reason
//! and show, and the seats that most wanted in vain.
//!
//! Invariants: counting never waits for a reader and allocates only when a show meets its first
//! conflict; what is kept is bounded by the routes and by the seats that the house has, and what
//! is shown by the shows that are named.
//! Never: a buyer, a token or anything else that a client chose, as a label; show and seat ids are
//! the seller's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use boxoffice_api::ErrorCode;
use boxoffice_engine::ids::{SeatIdx, ShowIdx};
use boxoffice_engine::reply::Refusal;
use boxoffice_writer::layouts::Layouts;
use boxoffice_writer::read_mostly::ReadMostly;

use super::route::{Call, TEMPLATES, Verb};
use crate::metrics::{Exposition, Histogram, Kind, Sharded};

/// Statuses that are counted one by one; any other counts as 0.
const STATUSES: [u16; 25] = [
    200, 201, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 415, 421, 422, 423, 429,
    500, 501, 502, 503, 504, 0,
];
/// Routes: one for each call of the table, and one for everything else.
const ROUTES: usize = Call::NUMBERS + 1;
/// Shows that the metrics name; the others count together.
const SHOWS_NAMED_MAX: usize = 50;
/// The label of the others. Parentheses keep it apart from every id.
const OTHER_SHOWS: &str = "(other)";
/// Seats that the metrics name.
const HOTTEST_MAX: usize = 20;

/// The counts of one server.
#[derive(Debug)]
pub struct Tally {
    routes: Box<[RouteTally]>,
    /// By the index of the show.
    shows: ReadMostly<Vec<Option<Arc<ShowTally>>>>,
}

#[derive(Debug)]
struct RouteTally {
    by_status: Sharded<[AtomicU64; STATUSES.len()]>,
    times: Histogram,
}

impl RouteTally {
    /// Responses with the status of this index.
    fn count(&self, status_idx: usize) -> u64 {
        let count = |shard: &[AtomicU64; STATUSES.len()]| shard[status_idx].load(Ordering::Relaxed);
        self.by_status.all().map(count).sum()
    }
}

/// What is refused for a show.
#[derive(Debug)]
struct ShowTally {
    /// Whether the show was among the first that met a conflict. It stays so: a count that moved
    /// to another label would run backwards.
    is_named: bool,
    by_code: Box<[AtomicU64]>,
    /// Of each seat, how often it stood in the way.
    seats: Box<[AtomicU32]>,
}

impl Default for Tally {
    fn default() -> Self {
        let route = |_| RouteTally {
            by_status: Sharded::default(),
            times: Histogram::of_times(),
        };
        Self {
            routes: (0..ROUTES).map(route).collect(),
            shows: ReadMostly::default(),
        }
    }
}

impl ShowTally {
    fn new(n_seats: usize, is_named: bool, old: Option<&Self>) -> Self {
        let code = |idx: usize| {
            let count = old.and_then(|old| old.by_code.get(idx));
            AtomicU64::new(count.map_or(0, |count| count.load(Ordering::Relaxed)))
        };
        let seat = |idx: usize| {
            let count = old.and_then(|old| old.seats.get(idx));
            AtomicU32::new(count.map_or(0, |count| count.load(Ordering::Relaxed)))
        };
        Self {
            is_named,
            by_code: (0..ErrorCode::ALL.len()).map(code).collect(),
            seats: (0..n_seats).map(seat).collect(),
        }
    }

    fn refused(&self, code: ErrorCode, refusal: &Refusal) {
        let code = ErrorCode::ALL.iter().position(|other| *other == code);
        if let Some(count) = code.and_then(|idx| self.by_code.get(idx)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        for conflict in &refusal.conflicts {
            if let Some(count) = self.seats.get(conflict.seat.at()) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Tally {
    /// Counts a response; `call` is the [`Call::number`], `None` for what is no native call.
    pub fn responded(&self, call: Option<usize>, status: u16, took: Duration) {
        let route = &self.routes[call.unwrap_or(ROUTES - 1)];
        let status_idx = STATUSES.iter().position(|other| *other == status);
        let status_idx = status_idx.unwrap_or(STATUSES.len() - 1);
        route.by_status.mine()[status_idx].fetch_add(1, Ordering::Relaxed);
        route
            .times
            .observe(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Counts a refusal of the engine; `n_seats` is the size of the show that it is about.
    pub fn refused(&self, code: ErrorCode, refusal: &Refusal, n_seats: usize) {
        let Some(show) = refusal.show else { return };
        let counted = self.shows.with(|shows| match shows.get(show.at()) {
            Some(Some(tally)) if n_seats <= tally.seats.len() => {
                tally.refused(code, refusal);
                true
            }
            _ => false,
        });
        if !counted {
            self.make_room(show, n_seats).refused(code, refusal);
        }
    }

    /// The counts of a show that had none, or that has become larger.
    fn make_room(&self, show: ShowIdx, n_seats: usize) -> Arc<ShowTally> {
        self.shows.change(|shows| {
            if shows.len() <= show.at() {
                shows.resize(show.at() + 1, None);
            }
            let n_met = shows.iter().flatten().count();
            let slot = &mut shows[show.at()];
            let is_named = slot
                .as_ref()
                .map_or(n_met < SHOWS_NAMED_MAX, |tally| tally.is_named);
            let is_large_enough = slot
                .as_ref()
                .is_some_and(|tally| n_seats <= tally.seats.len());
            if !is_large_enough {
                *slot = Some(Arc::new(ShowTally::new(n_seats, is_named, slot.as_deref())));
            }
            Arc::clone(slot.as_ref().expect("made above"))
        })
    }

    /// Adds the counts to a page of figures.
    pub fn expose(&self, page: &mut Exposition, layouts: &Layouts) {
        self.expose_requests(page);
        self.expose_shows(page, layouts);
    }

    fn expose_requests(&self, page: &mut Exposition) {
        let help = "Requests by route and status.";
        page.family("boxoffice_requests_total", Kind::Counter, help);
        for (route, method, tally) in self.named_routes() {
            for (status_idx, status) in STATUSES.iter().enumerate() {
                let count = tally.count(status_idx);
                if count > 0 {
                    let status = status.to_string();
                    let labels = [("route", route), ("method", method), ("status", &status)];
                    page.sample(&labels, count);
                }
            }
        }
        let help = "Time from a request's head to its response.";
        page.family("boxoffice_request_seconds", Kind::Histogram, help);
        for (route, method, tally) in self.named_routes() {
            if (0..STATUSES.len()).any(|status_idx| tally.count(status_idx) > 0) {
                tally
                    .times
                    .expose(page, &[("route", route), ("method", method)]);
            }
        }
    }

    fn named_routes(&self) -> impl Iterator<Item = (&'static str, &'static str, &RouteTally)> {
        self.routes.iter().enumerate().map(move |(idx, route)| {
            let verb = Verb::ALL[idx % Verb::ALL.len()].name();
            let template = TEMPLATES.get(idx / Verb::ALL.len()).copied();
            (
                template.unwrap_or("other"),
                if template.is_some() { verb } else { "any" },
                route,
            )
        })
    }

    fn expose_shows(&self, page: &mut Exposition, layouts: &Layouts) {
        let tallies = self.shows.load();
        let shows = (0_u32..)
            .zip(tallies.iter())
            .filter_map(|(idx, tally)| Some((tally.as_deref()?, layouts.show(ShowIdx(idx))?)));
        let shows: Vec<_> = shows.collect();
        let help = "Refused claims by show and reason.";
        page.family("boxoffice_conflicts_total", Kind::Counter, help);
        let mut others = [0_u64; ErrorCode::ALL.len()];
        for (tally, layout) in &shows {
            let counts = tally.by_code.iter().map(|n| n.load(Ordering::Relaxed));
            for ((code, count), other) in ErrorCode::ALL.iter().zip(counts).zip(&mut others) {
                if !tally.is_named {
                    *other = other.saturating_add(count);
                } else if count > 0 {
                    let labels = [("show", layout.id.as_str()), ("reason", code.name())];
                    page.sample(&labels, count);
                }
            }
        }
        for (code, count) in ErrorCode::ALL.iter().zip(others) {
            if count > 0 {
                page.sample(&[("show", OTHER_SHOWS), ("reason", code.name())], count);
            }
        }
        let help = "How often each of the hottest seats stood in the way.";
        page.family("boxoffice_seat_conflicts", Kind::Gauge, help);
        for (count, idx, seat) in hottest(shows.iter().map(|(tally, _)| *tally)) {
            let layout = &shows[idx].1;
            let labels = [
                ("show", layout.id.as_str()),
                ("seat", layout.seat_name(seat)),
            ];
            page.sample(&labels, count);
        }
    }
}

/// The seats that stood in the way most often, with the place of their show.
fn hottest<'a>(shows: impl Iterator<Item = &'a ShowTally>) -> Vec<(u32, usize, SeatIdx)> {
    let mut hottest = Vec::new();
    for (idx, tally) in shows.enumerate() {
        hottest.extend((0_u32..).zip(&tally.seats).filter_map(|(seat, count)| {
            let count = count.load(Ordering::Relaxed);
            (count > 0).then_some((count, idx, SeatIdx(seat)))
        }));
        // Show by show, so that what is kept stays small.
        hottest.sort_unstable_by_key(|(count, show, seat)| (u32::MAX - count, *show, *seat));
        hottest.truncate(HOTTEST_MAX);
    }
    hottest
}

#[cfg(test)]
mod tests {
    use boxoffice_engine::ids::{Name, Principal, Text};
    use boxoffice_engine::layout::Layout;
    use boxoffice_engine::money::Currency;
    use boxoffice_engine::reply::{Conflict, Rule, SeatStatus};
    use boxoffice_engine::spec::ShowSpec;

    use super::*;

    fn layout(idx: u32) -> Layout {
        let id = Name::new(&format!("show-{idx}")).unwrap();
        let spec = ShowSpec {
            title: Text::default(),
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
            sections: Vec::new(),
            areas: Vec::new(),
        };
        Layout::build(ShowIdx(idx), &id, Principal(0), &spec, None).unwrap()
    }

    fn of_show(idx: u32) -> Refusal {
        Refusal {
            rule: Rule::SoldOut(0),
            conflicts: Vec::new(),
            show: Some(ShowIdx(idx)),
        }
    }

    fn refusal(seats: &[u32]) -> Refusal {
        let conflict = |seat: &u32| Conflict {
            seat: SeatIdx(*seat),
            status: SeatStatus::Held,
            free_at: None,
        };
        Refusal {
            rule: Rule::SeatUnavailable,
            conflicts: seats.iter().map(conflict).collect(),
            show: Some(ShowIdx(3)),
        }
    }

    #[test]
    fn the_hottest_seats_come_first_and_counts_survive_a_larger_show() {
        let tally = Tally::default();
        tally.refused(ErrorCode::SeatUnavailable, &refusal(&[1, 2]), 4);
        tally.refused(ErrorCode::SeatUnavailable, &refusal(&[2]), 4);
        // A seat that the show got later.
        tally.refused(ErrorCode::SeatUnavailable, &refusal(&[9]), 10);
        let show = tally.make_room(ShowIdx(3), 10);
        let found = hottest([&*show].into_iter());
        assert_eq!(
            found,
            [(2, 0, SeatIdx(2)), (1, 0, SeatIdx(1)), (1, 0, SeatIdx(9))]
        );
        let code = ErrorCode::ALL
            .iter()
            .position(|code| *code == ErrorCode::SeatUnavailable);
        assert_eq!(show.by_code[code.unwrap()].load(Ordering::Relaxed), 3);
    }

    #[test]
    fn shows_beyond_the_named_ones_count_together_and_no_show_changes_its_label() {
        let layouts = Layouts::default();
        let n_shows = u32::try_from(SHOWS_NAMED_MAX).unwrap() + 2;
        for idx in 0..n_shows {
            layouts.publish(Arc::new(layout(idx)));
        }
        let tally = Tally::default();
        // The last come first: who is named is not a matter of the index.
        for idx in (0..n_shows).rev() {
            tally.refused(ErrorCode::SoldOut, &of_show(idx), 0);
        }
        // A show of the others and one that is named get larger.
        for idx in [0, n_shows - 1] {
            tally.refused(ErrorCode::SoldOut, &of_show(idx), 10);
        }
        let mut page = Exposition::default();
        tally.expose(&mut page, &layouts);
        let page = page.finish();
        let line = |show: &str| {
            let start = format!(r#"boxoffice_conflicts_total{{show="{show}","#);
            let mut lines = page.lines().filter(move |line| line.starts_with(&start));
            let count = lines.next().and_then(|line| line.rsplit(' ').next());
            assert_eq!(lines.next(), None);
            count.map(str::to_owned)
        };
        assert_eq!(line(OTHER_SHOWS).as_deref(), Some("3"));
        assert_eq!(line("show-0"), None);
        assert_eq!(line("show-1"), None);
        assert_eq!(line("show-2").as_deref(), Some("1"));
        assert_eq!(line("show-51").as_deref(), Some("2"));
        assert_eq!(Name::new(OTHER_SHOWS), None, "a show may have this id");
    }

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let tally = Tally::default();
        let call = super::super::route::route(&http::Method::GET, "/v1/holds/a").unwrap();
        for status in [200, 200, 404, 418] {
            tally.responded(Some(call.number()), status, Duration::from_millis(1));
        }
        tally.responded(None, 400, Duration::ZERO);
        let mut page = Exposition::default();
        tally.expose(&mut page, &Layouts::default());
        let page = page.finish();
        for line in [
            r#"boxoffice_requests_total{route="/v1/holds/{hold}",method="GET",status="200"} 2"#,
            r#"boxoffice_requests_total{route="/v1/holds/{hold}",method="GET",status="404"} 1"#,
            r#"boxoffice_requests_total{route="/v1/holds/{hold}",method="GET",status="0"} 1"#,
            r#"boxoffice_requests_total{route="other",method="any",status="400"} 1"#,
            r#"boxoffice_request_seconds_count{route="/v1/holds/{hold}",method="GET"} 4"#,
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "no {line} in:\n{page}"
            );
        }
    }
}
