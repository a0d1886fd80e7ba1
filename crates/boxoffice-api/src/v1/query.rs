//! Query parameters of the native API, as strict as its bodies.
//!
//! Invariants: unknown, repeated and undecodable parameters are faults, all reported at once.

use crate::limits;
use crate::validate::Faults;

/// `GET /v1/shows/{show}/seats`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatsQuery {
    /// Only what changed after this position.
    pub since: Option<u64>,
    /// Wait until the view has reached this position.
    pub min_position: Option<u64>,
    /// Longest wait for `min_position`, in milliseconds.
    pub wait_ms: u64,
    /// How a whole map is written; not with `since`.
    pub form: SeatsForm,
}

/// How a whole seat map is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeatsForm {
    /// One object for each seat.
    #[default]
    Full,
    /// Ids and one letter for each seat.
    Compact,
}

/// `GET /v1/journal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedQuery {
    /// First position wanted.
    pub from: u64,
    /// Most events, 1-1,000.
    pub limit: u64,
    /// How long to wait for a first event, in milliseconds; 0: answer at once.
    pub wait_ms: u64,
}

/// A page of a list: `GET /v1/shows`, a buyer's bookings and orders, histories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Most rows, 1-100.
    pub limit: u64,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// `GET /v1/accounts/{buyer}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountQuery {
    /// Lines of the statement, newest first; 0: none.
    pub statement: u64,
}

/// `DELETE /v1/holds/{hold}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FenceQuery {
    /// If given, it must be the current one.
    pub fence: Option<u64>,
}

impl SeatsQuery {
    /// Reads the part of the target after `?`.
    ///
    /// # Errors
    /// All faults, if there is one.
    pub fn parse(query: &str) -> Result<Self, Faults> {
        let mut params = Params::read(query, &["since", "min_position", "wait_ms", "form"]);
        let since = params.number("since", 0, u64::MAX);
        let min_position = params.number("min_position", 0, u64::MAX);
        let wait_ms = params.number("wait_ms", 0, limits::WAIT_MS_MAX);
        let form = match params.text("form").as_deref() {
            None | Some("full") => SeatsForm::Full,
            Some("compact") => SeatsForm::Compact,
            Some(_) => {
                params.faults.add_query("form", "must be full or compact");
                SeatsForm::Full
            }
        };
        if since.is_some() && form == SeatsForm::Compact {
            params
                .faults
                .add_query("form", "must be full or absent together with since");
        }
        params.finish(Self {
            since,
            min_position,
            wait_ms: wait_ms.unwrap_or(limits::WAIT_MS_MAX),
            form,
        })
    }
}

impl FeedQuery {
    /// Reads the part of the target after `?`.
    ///
    /// # Errors
    /// All faults, if there is one.
    pub fn parse(query: &str) -> Result<Self, Faults> {
        let mut params = Params::read(query, &["from", "limit", "wait_ms"]);
        let from = params.number("from", 0, u64::MAX).unwrap_or(0);
        let limit = params.number("limit", 1, limits::FEED_LIMIT_MAX);
        let wait_ms = params
            .number("wait_ms", 0, limits::WAIT_MS_MAX)
            .unwrap_or(0);
        params.finish(Self {
            from,
            limit: limit.unwrap_or(limits::FEED_LIMIT_DEFAULT),
            wait_ms,
        })
    }
}

impl ListQuery {
    /// Reads the part of the target after `?`; `cursor` is how the list calls its cursor:
    /// `before` where the newest comes first, `after` otherwise.
    ///
    /// # Errors
    /// All faults, if there is one.
    pub fn parse(query: &str, cursor: &'static str) -> Result<Self, Faults> {
        let mut params = Params::read(query, &["limit", cursor]);
        let limit = params.number("limit", 1, limits::LIST_LIMIT_MAX);
        let value = params.text(cursor);
        if value
            .as_deref()
            .is_some_and(|text| !crate::validate::is_id(text))
        {
            params
                .faults
                .add_query(cursor, "must be the next of the page before");
        }
        params.finish(Self {
            limit: limit.unwrap_or(limits::LIST_LIMIT_MAX),
            cursor: value,
        })
    }
}

impl AccountQuery {
    /// Reads the part of the target after `?`.
    ///
    /// # Errors
    /// All faults, if there is one.
    pub fn parse(query: &str) -> Result<Self, Faults> {
        let mut params = Params::read(query, &["statement"]);
        let statement = params
            .number("statement", 0, limits::LIST_LIMIT_MAX)
            .unwrap_or(0);
        params.finish(Self { statement })
    }
}

impl FenceQuery {
    /// Reads the part of the target after `?`.
    ///
    /// # Errors
    /// All faults, if there is one.
    pub fn parse(query: &str) -> Result<Self, Faults> {
        let mut params = Params::read(query, &["fence"]);
        let fence = params.number("fence", 0, u64::MAX);
        params.finish(Self { fence })
    }
}

/// Refuses every parameter, for calls that have none.
///
/// # Errors
/// A fault for each parameter.
pub fn none(query: &str) -> Result<(), Faults> {
    Params::read(query, &[]).finish(())
}

struct Params {
    values: Vec<(&'static str, String)>,
    faults: Faults,
}

impl Params {
    fn read(query: &str, known: &[&'static str]) -> Self {
        let mut params = Self {
            values: Vec::new(),
            faults: Faults::default(),
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(name), Some(value)) = (decode(name), decode(value)) else {
                params
                    .faults
                    .add_query(pair, "is not valid percent-encoded UTF-8");
                continue;
            };
            let Some(known_name) = known.iter().find(|k| **k == name) else {
                params
                    .faults
                    .add_query(&name, "is no parameter of this call");
                continue;
            };
            if params
                .values
                .iter()
                .any(|(earlier, _)| earlier == known_name)
            {
                params.faults.add_query(&name, "is given twice");
                continue;
            }
            params.values.push((known_name, value));
        }
        params
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let found = self.values.iter().position(|(n, _)| *n == name)?;
        Some(self.values.swap_remove(found).1)
    }

    fn number(&mut self, name: &str, min: u64, max: u64) -> Option<u64> {
        let text = self.text(name)?;
        let all_digits = text.bytes().all(|c| c.is_ascii_digit());
        let number = text
            .parse()
            .ok()
            .filter(|n| all_digits && (min..=max).contains(n));
        if number.is_none() {
            self.faults
                .add_query(name, format!("must be a whole number from {min} to {max}"));
        }
        number
    }

    fn finish<T>(self, query: T) -> Result<T, Faults> {
        if self.faults.is_empty() {
            Ok(query)
        } else {
            Err(self.faults)
        }
    }
}

/// Undoes percent-encoding; `None` if it is broken or not UTF-8.
#[must_use]
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(c) = rest.next() {
        bytes.push(match c {
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from((high << 4) | low).ok()?
            }
            b'+' => b' ',
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{AccountQuery, FeedQuery, FenceQuery, ListQuery, SeatsForm, SeatsQuery, none};

    #[track_caller]
    fn refused<T: std::fmt::Debug>(result: Result<T, crate::Faults>, pointers: &[&str]) {
        let faults = result.expect_err("must be refused");
        let found: Vec<_> = faults
            .as_slice()
            .iter()
            .map(|f| f.pointer.as_str())
            .collect();
        assert_eq!(found, pointers);
    }

    #[test]
    fn defaults_are_used_for_what_is_absent() {
        let seats = SeatsQuery::parse("").expect("empty is fine");
        assert_eq!(
            (seats.since, seats.form, seats.wait_ms),
            (None, SeatsForm::Full, 30_000)
        );
        let feed = FeedQuery::parse("from=7&").expect("one is given");
        assert_eq!((feed.from, feed.limit, feed.wait_ms), (7, 100, 0));
        let list = ListQuery::parse("before=b%3A1&limit=5", "before").expect("both are given");
        assert_eq!((list.limit, list.cursor.as_deref()), (5, Some("b:1")));
        assert_eq!(FenceQuery::parse("fence=0").map(|q| q.fence), Ok(Some(0)));
    }

    #[test]
    fn every_wrong_parameter_is_reported() {
        refused(
            SeatsQuery::parse("since=-1&form=tiny&x=1&min_position=+3&y"),
            &["?x", "?y", "?since", "?min_position", "?form"],
        );
        refused(SeatsQuery::parse("since=1&form=compact"), &["?form"]);
        refused(
            FeedQuery::parse("limit=0&limit=5&wait_ms=30001"),
            &["?limit", "?limit", "?wait_ms"],
        );
        refused(ListQuery::parse("before=a%20b", "before"), &["?before"]);
        refused(AccountQuery::parse("statement=%zz"), &["?statement=%zz"]);
        refused(none("a=1&b=%ff"), &["?a", "?b=%ff"]);
    }
}
