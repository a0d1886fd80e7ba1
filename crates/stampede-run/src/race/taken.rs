//! Reads from what a server says whether somebody has a resource already, and since when.
//!
//! Invariant: what is not said is not concluded. A refusal that names another reason, or a look
//! that shows the state of nothing in particular, says nothing about who has it.

use serde_json::{Map, Value};

use super::message::one_line;

/// Ways to say that somebody has something.
const TAKEN: [&str; 6] = ["booked", "held", "locked", "taken", "reserved", "sold"];

/// Words of a state that mean the same, and what is said for them.
const TAKEN_STATES: [(&str, &str); 10] = [
    ("booking", "booked"),
    ("hold", "held"),
    ("lock", "locked"),
    ("reservation", "reserved"),
    ("unavailable", "taken"),
    ("occupied", "taken"),
    ("claimed", "taken"),
    ("order", "taken"),
    ("confirmed", "taken"),
    ("paid", "sold"),
];

/// Words of a state that mean that nobody has it (any more).
const FREE_STATES: [&str; 13] = [
    "closed",
    "free",
    "freed",
    "available",
    "open",
    "released",
    "cancelled",
    "canceled",
    "expired",
    "unlocked",
    "refunded",
    "returned",
    "ended",
];

/// Members that hold a state.
const STATE_MEMBERS: [&str; 6] = ["status", "state", "event", "type", "kind", "action"];

/// Members that say since when something is so, the best first.
const TIME_MEMBERS: [&str; 12] = [
    "booked_at",
    "bookedAt",
    "taken_at",
    "held_at",
    "locked_at",
    "reserved_at",
    "created_at",
    "createdAt",
    "at",
    "since",
    "time",
    "timestamp",
];

/// Members whose time says by itself that something is taken.
const TAKEN_TIME_MEMBERS: [(&str, &str); 8] = [
    ("booked_at", "booked"),
    ("bookedAt", "booked"),
    ("taken_at", "taken"),
    ("held_at", "held"),
    ("locked_at", "locked"),
    ("lockedAt", "locked"),
    ("reserved_at", "reserved"),
    ("reservedAt", "reserved"),
];

/// Members that name what an entry of a list is about.
const ID_MEMBERS: [&str; 6] = ["id", "seat_id", "seatId", "seat", "resource", "name"];

/// What a server shows of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Somebody has it.
    Taken {
        /// How that is said: "booked", "held".
        word: &'static str,
        /// Since when, as the server writes it.
        at: Option<String>,
    },
    /// Nobody has it.
    Free,
    /// It does not say.
    Unsaid,
}

/// How a refusal's message says that somebody has it already; `None` if it does not.
pub(super) fn said_taken(message: &str) -> Option<&'static str> {
    let lower = message.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let taken = TAKEN.into_iter().find(|taken| taken == word)?;
        let before = at.checked_sub(1).map(|before| words[before]);
        let is_said = match before {
            Some("already") => true,
            // An account is locked, too.
            Some("is" | "are" | "was" | "were" | "been" | "currently" | "seat" | "seats") => {
                taken != "locked"
            }
            // The message is the word alone.
            None => words.len() == 1,
            Some(_) => false,
        };
        is_said.then_some(taken)
    })
}

/// What an answer's body shows of `resource`; without one it is about nothing else.
pub(super) fn state(body: &Value, resource: Option<&str>) -> State {
    match body {
        Value::Object(members) => state_of_members(members, resource),
        Value::Array(entries) => {
            let of_resource = entries
                .iter()
                .find(|entry| resource.is_some_and(|id| is_about(entry, id)));
            // A history ends with what holds now; any other list is about other things.
            let last = || entries.last().filter(|entry| time(entry).is_some());
            of_resource
                .or_else(last)
                .map_or(State::Unsaid, |entry| state(entry, None))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => State::Unsaid,
    }
}

fn state_of_members(members: &Map<String, Value>, resource: Option<&str>) -> State {
    let text = |name: &&str| members.get(*name).and_then(Value::as_str);
    let stated = STATE_MEMBERS
        .iter()
        .filter_map(text)
        .map(classify)
        .find(|state| *state != State::Unsaid);
    match stated {
        Some(State::Taken { word, .. }) => {
            let at = time_of(members);
            return State::Taken { word, at };
        }
        Some(free) => return free,
        None => {}
    }
    let timed = TAKEN_TIME_MEMBERS
        .iter()
        .find_map(|(name, word)| text(name).map(|at| (*word, one_line(at))));
    if let Some((word, at)) = timed {
        let at = Some(at);
        return State::Taken { word, at };
    }
    members
        .values()
        .map(|member| state(member, resource))
        .find(|state| *state != State::Unsaid)
        .unwrap_or(State::Unsaid)
}

/// What a state's own word means: `BOOKED`, `hold_placed`, `HoldExpired`.
fn classify(text: &str) -> State {
    let mut spaced = String::new();
    let mut is_after_lower = false;
    for character in text.chars() {
        if character.is_uppercase() && is_after_lower {
            spaced.push(' ');
        }
        is_after_lower = character.is_lowercase();
        spaced.extend(character.to_lowercase());
    }
    let words: Vec<&str> = spaced
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words
        .iter()
        .any(|word| ["not", "no", "never"].contains(word))
    {
        return State::Unsaid;
    }
    if words.iter().any(|word| FREE_STATES.contains(word)) {
        return State::Free;
    }
    let word = words.iter().find_map(|word| {
        let plain = TAKEN.into_iter().find(|taken| taken == word);
        plain.or_else(|| {
            let meant = TAKEN_STATES.iter().find(|(state, _)| state == word);
            meant.map(|(_, taken)| *taken)
        })
    });
    word.map_or(State::Unsaid, |word| State::Taken { word, at: None })
}

fn is_about(entry: &Value, id: &str) -> bool {
    ID_MEMBERS.iter().any(|name| match entry.get(*name) {
        Some(Value::String(text)) => text == id,
        Some(Value::Number(number)) => number.to_string() == id,
        _ => false,
    })
}

fn time(entry: &Value) -> Option<String> {
    entry.as_object().and_then(time_of)
}

fn time_of(members: &Map<String, Value>) -> Option<String> {
    TIME_MEMBERS
        .iter()
        .find_map(|name| members.get(*name).and_then(Value::as_str))
        .map(one_line)
}

#[cfg(test)]
mod tests {
    use super::{State, said_taken, state};

    fn taken(word: &'static str, at: Option<&str>) -> State {
        let at = at.map(str::to_owned);
        State::Taken { word, at }
    }

    #[test]
    fn only_a_message_that_says_so_says_that_somebody_has_it() {
        for (message, expected) in [
            ("Seat is already booked by another user", Some("booked")),
            (
                "Seat validation failed: one or more seats already locked",
                Some("locked"),
            ),
            ("Seat A10 is held until 18:04.", Some("held")),
            ("The seats have been sold.", Some("sold")),
            ("taken", Some("taken")),
            ("Seat taken", Some("taken")),
            ("The show is closed", None),
            ("The account is locked", None),
            ("Seat is not booked", None),
            ("No payment was made, and the seat was not taken", None),
            ("Seats can be booked from 18:00", None),
            ("limit reached", None),
            ("", None),
        ] {
            assert_eq!(said_taken(message), expected, "{message}");
        }
    }

    #[test]
    fn a_look_shows_the_state_of_the_resource_and_of_nothing_else() {
        for (body, expected) in [
            (r#"{"booked_at":"t"}"#, taken("booked", Some("t"))),
            (
                r#"{"status":"BOOKED","at":"t"}"#,
                taken("booked", Some("t")),
            ),
            (r#"{"status":"released","booked_at":"t"}"#, State::Free),
            (
                r#"{"history":[{"at":"first","event":"hold_placed"},{"at":"last","event":"booked"}]}"#,
                taken("booked", Some("last")),
            ),
            (
                r#"[{"at":"t1","event":"booked"},{"at":"t2","event":"BookingCancelled"}]"#,
                State::Free,
            ),
            (
                r#"{"status":"ok","seats":[{"id":10,"status":"LOCKED"},{"id":9,"status":"FREE"}]}"#,
                taken("locked", None),
            ),
            (
                r#"{"seats":[{"id":9,"status":"BOOKED"},{"id":11,"status":"BOOKED"}]}"#,
                State::Unsaid,
            ),
            (r#"{"status":"not available"}"#, State::Unsaid),
            (r#"{"status":"ok","timestamp":"t"}"#, State::Unsaid),
            (r#"[{"at":"t"}]"#, State::Unsaid),
            (r#"{"booked_at":5}"#, State::Unsaid),
            ("7", State::Unsaid),
        ] {
            let value = serde_json::from_str(body).expect("good JSON");
            assert_eq!(state(&value, Some("10")), expected, "{body}");
        }
    }
}
