//! The order of names in summaries: as in a dictionary, not by byte.
//!
//! Signs sort before digits and digits before letters; capitals matter only between names that
//! are otherwise equal, and then come second. The parts of a metric follow it directly.

use std::cmp::Ordering;

/// The signs of ASCII in the order of the Unicode collation; what is missing follows letters.
const SIGNS: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// Compares the names of two metrics or submetrics.
pub(super) fn compare_names(a: &str, b: &str) -> Ordering {
    let (a_metric, a_suffix) = a.split_once('{').unwrap_or((a, ""));
    let (b_metric, b_suffix) = b.split_once('{').unwrap_or((b, ""));
    compare(a_metric, b_metric).then_with(|| compare(a_suffix, b_suffix))
}

/// Compares two texts.
fn compare(a: &str, b: &str) -> Ordering {
    let weights = |text: &str| text.chars().map(weight).collect::<Vec<_>>();
    let capitals = |text: &str| text.chars().map(char::is_uppercase).collect::<Vec<_>>();
    weights(a)
        .cmp(&weights(b))
        .then_with(|| capitals(a).cmp(&capitals(b)))
        .then_with(|| a.cmp(b))
}

/// The rank of a character without regard to its case.
fn weight(c: char) -> (u8, u32) {
    if c.is_whitespace() {
        return (0, u32::from(c));
    }
    if let Some(place) = SIGNS.find(c) {
        return (1, u32::try_from(place).unwrap_or(u32::MAX));
    }
    if c.is_ascii_digit() {
        return (2, u32::from(c));
    }
    let lower = c.to_lowercase().next().unwrap_or(c);
    (3, u32::from(lower))
}

#[cfg(test)]
mod tests {
    use super::compare_names;

    #[test]
    fn names_sort_as_in_a_dictionary() {
        let in_order = [
            "_z",
            "a2",
            "aa",
            "aa{B:a}",
            "aa{b:c}",
            "aa{x: y}",
            "aa{x:_}",
            "aa{x:-}",
            "aa{x:1}",
            "aa{x:y,z:1}",
            "aa{x:y}",
            "aa{x:Y}",
            "Aa",
            "aa_b",
            "aa1",
            "ab",
            "aB",
            "z_",
            "zz{a:::b}",
            "zz{a:b.c}",
            "zz{a:b}",
            "zz{a:b/c}",
            "Zz",
        ];
        let mut sorted = in_order;
        sorted.reverse();
        sorted.sort_by(|a, b| compare_names(a, b));
        assert_eq!(sorted, in_order);
    }
}
