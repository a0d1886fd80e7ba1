//! Writes the result of a race for people.
//!
//! A single resource is told request by request, many as tables; the verdict stands last, where a
//! terminal shows it.
//!
//! Never: decides anything. What it prints is in the result.

mod resets;
mod tables;

use std::fmt;
use std::fmt::Write as _;

use stampede_metrics::units::{format_count, format_us};

use super::outcome::{Outcome, RaceResult, RequestEnd, RequestResult, ResourceEnd};
use crate::text::{Align, Cell, Colour, Table, Tone, wrap};

/// Requests of a single resource that are shown one by one.
const LINES_MAX: usize = 30;

/// Double wins that are shown with every winning request.
const DOUBLES_MAX: usize = 10;

/// A result, ready to be written with `{}`.
#[derive(Debug)]
pub struct Report<'a> {
    result: &'a RaceResult,
    colour: Colour,
}

impl<'a> Report<'a> {
    /// Makes a report in colour or without.
    #[must_use]
    pub fn new(result: &'a RaceResult, colour: Colour) -> Report<'a> {
        Report { result, colour }
    }

    fn title(&self, text: &mut String) {
        let setup = &self.result.setup;
        let times = if self.result.races.len() > 1 {
            format!(", {} times", self.result.races.len())
        } else {
            String::new()
        };
        let title = format!(
            "Race: {} clients for {} resource{}{times}",
            format_count(setup.clients.into()),
            format_count(setup.resources.into()),
            if setup.resources == 1 { "" } else { "s" },
        );
        writeln!(text, "{}\n", self.colour.paint(Tone::Title, &title))
            .expect("a String takes every text");
    }

    /// One line per request, as long as there is one resource and not too many clients.
    fn requests(&self, text: &mut String) {
        for race in &self.result.races {
            if self.result.setup.resources != 1 || race.listed.is_empty() {
                return;
            }
            let title = if self.result.races.len() == 1 {
                "Answers".to_owned()
            } else {
                format!(
                    "Answers for {} in race {}",
                    race.resources[0].id, race.number
                )
            };
            let mut requests: Vec<&RequestResult> = race.listed.iter().collect();
            requests.sort_by_key(|request| {
                // With too many to show, those that are not plain losers come first.
                let is_cut = race.listed.len() > LINES_MAX;
                (is_cut && request.end == RequestEnd::Lost, request.client)
            });
            let mut table = Table::new(&title, &[("", Align::Left); 5]);
            for request in requests.iter().take(LINES_MAX) {
                table.row(request_cells(request));
            }
            if requests.len() > LINES_MAX {
                let rest = requests.len() - LINES_MAX;
                table.row([Cell::toned(Tone::Faint, format!("and {rest} more"))]);
            }
            table.draw(self.colour, text);
        }
    }

    /// Every request that won something that somebody else won too.
    fn doubles(&self, text: &mut String) {
        let doubled = self.result.races.iter().flat_map(|race| {
            let several = |end| end == ResourceEnd::SeveralWinners;
            race.resources
                .iter()
                .filter(move |one| several(one.end))
                .map(move |one| (race, one))
        });
        for (race, resource) in doubled.take(DOUBLES_MAX) {
            let title = format!(
                "Resource {} was won {} times (race {})",
                resource.id,
                format_count(resource.requests.won),
                race.number
            );
            let mut table = Table::new(
                &title,
                &[
                    ("Client", Align::Right),
                    ("Status", Align::Right),
                    ("Sent at", Align::Right),
                    ("Answered at", Align::Right),
                    ("Body", Align::Left),
                ],
            );
            for win in &resource.wins {
                let body = win.body.as_deref().unwrap_or("");
                table.row([
                    Cell::from(win.client.to_string()),
                    Cell::toned(Tone::Bad, status_text(win)),
                    format_us(win.start_us).into(),
                    format_us(win.end_us).into(),
                    super::message::one_line(body).into(),
                ]);
            }
            table.draw(self.colour, text);
        }
    }

    fn verdict(&self, text: &mut String) {
        let verdict = &self.result.verdict;
        for finding in &verdict.findings {
            text.push_str(&wrap("  • ", finding));
        }
        if !verdict.findings.is_empty() {
            text.push('\n');
        }
        let (mark, word, tone) = match verdict.outcome {
            Outcome::Proven => ("✅", "PASSED", Tone::Good),
            Outcome::Violated | Outcome::TooSlow => ("❌", "FAILED", Tone::Bad),
            Outcome::Undecided => ("❓", "NOTHING PROVEN", Tone::Unknown),
        };
        let first = format!("{mark} {word}: ");
        let whole = wrap(&first, &verdict.sentence);
        let painted = self.colour.paint(tone, &first);
        text.push_str(&whole.replacen(&first, &painted, 1));
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.title(&mut text);
        tables::configuration(self.result).draw(self.colour, &mut text);
        self.requests(&mut text);
        for table in tables::all(self.result) {
            table.draw(self.colour, &mut text);
        }
        self.doubles(&mut text);
        self.verdict(&mut text);
        f.write_str(&text)
    }
}

fn request_cells(request: &RequestResult) -> [Cell; 5] {
    let (mark, word, tone) = match request.end {
        RequestEnd::Won => ("✅", "WON", Tone::Good),
        RequestEnd::Lost => ("❌", "LOST", Tone::Plain),
        RequestEnd::Unexpected => ("❓", "UNEXPECTED", Tone::Unknown),
        RequestEnd::SystemError => ("❓", "SERVER ERROR", Tone::Unknown),
        RequestEnd::Unanswered => ("❓", "NO ANSWER", Tone::Unknown),
    };
    [
        Cell::from(format!("Client {}", request.client)),
        Cell::toned(tone, format!("{mark} {word}")),
        status_text(request).into(),
        format_us(request.end_us - request.start_us).into(),
        request.message.clone().into(),
    ]
}

fn status_text(request: &RequestResult) -> String {
    request
        .status
        .map_or_else(|| "-".to_owned(), |status| status.to_string())
}
