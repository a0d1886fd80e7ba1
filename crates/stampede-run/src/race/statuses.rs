//! Sets of HTTP status codes as users write them: `200,201`, `4xx`, `400-499`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A set of status codes, kept as inclusive ranges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StatusSet {
    ranges: Vec<(u16, u16)>,
}

/// A text that is no set of status codes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{part}' is not a status; write codes, ranges and classes: 200,201 or 400-499 or 4xx")]
pub struct StatusSyntax {
    /// The part that made no sense.
    pub part: String,
}

impl StatusSet {
    /// Whether the code is in the set.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.ranges
            .iter()
            .any(|&(low, high)| (low..=high).contains(&status))
    }

    /// The smallest code that is in both sets, if there is one.
    #[must_use]
    pub fn overlap(&self, other: &StatusSet) -> Option<u16> {
        (100..=599).find(|&status| self.contains(status) && other.contains(status))
    }
}

impl FromStr for StatusSet {
    type Err = StatusSyntax;

    fn from_str(text: &str) -> Result<StatusSet, StatusSyntax> {
        let ranges = text
            .split(',')
            .map(|part| parse_range(part.trim()))
            .collect::<Result<_, _>>()?;
        Ok(StatusSet { ranges })
    }
}

impl TryFrom<String> for StatusSet {
    type Error = StatusSyntax;

    fn try_from(text: String) -> Result<StatusSet, StatusSyntax> {
        text.parse()
    }
}

impl From<StatusSet> for String {
    fn from(set: StatusSet) -> String {
        set.to_string()
    }
}

impl fmt::Display for StatusSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (range_idx, &(low, high)) in self.ranges.iter().enumerate() {
            let comma = if range_idx == 0 { "" } else { "," };
            if low == high {
                write!(f, "{comma}{low}")?;
            } else if low % 100 == 0 && high == low + 99 {
                write!(f, "{comma}{}xx", low / 100)?;
            } else {
                write!(f, "{comma}{low}-{high}")?;
            }
        }
        Ok(())
    }
}

fn parse_range(part: &str) -> Result<(u16, u16), StatusSyntax> {
    let failure = || StatusSyntax {
        part: part.to_owned(),
    };
    let code = |digits: &str| {
        let is_code = digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits
            .parse::<u16>()
            .ok()
            .filter(|code| is_code && (100..=599).contains(code))
    };
    if let Some(class) = part.strip_suffix("xx").or_else(|| part.strip_suffix("XX")) {
        let low = code(&format!("{class}00")).ok_or_else(failure)?;
        return Ok((low, low + 99));
    }
    let (low, high) = part.split_once('-').unwrap_or((part, part));
    let (low, high) = (
        code(low.trim()).ok_or_else(failure)?,
        code(high.trim()).ok_or_else(failure)?,
    );
    if low <= high {
        Ok((low, high))
    } else {
        Err(failure())
    }
}

#[cfg(test)]
mod tests {
    use super::StatusSet;

    #[test]
    fn codes_ranges_and_classes_are_read() {
        let set: StatusSet = "200, 201,4xx,502-504".parse().expect("a good set");
        for (status, inside) in [
            (200, true),
            (202, false),
            (400, true),
            (499, true),
            (501, false),
            (503, true),
        ] {
            assert_eq!(set.contains(status), inside, "{status}");
        }
        assert_eq!(set.to_string(), "200,201,4xx,502-504");
    }

    #[test]
    fn what_is_no_status_is_named() {
        for text in [
            "", "2000", "20", "6xx", "0xx", "300-200", "ok", "200,,201", "+20", "1-2-3",
        ] {
            assert!(text.parse::<StatusSet>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_overlap_is_found() {
        let won: StatusSet = "2xx,409".parse().expect("a good set");
        let lost: StatusSet = "400-420".parse().expect("a good set");
        assert_eq!(won.overlap(&lost), Some(409));
        assert_eq!(
            "200"
                .parse::<StatusSet>()
                .expect("a good set")
                .overlap(&lost),
            None
        );
    }
}
