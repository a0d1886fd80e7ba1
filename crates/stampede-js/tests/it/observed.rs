//! Scripts whose answers were observed with the real k6 2.2.0 and written down.

use crate::stage::lines_of;

/// Runs a script and compares its lines with those that k6 wrote.
fn matches_k6(script: &str, observed: &str) {
    let ours = lines_of(script).join("\n");
    let ours: Vec<_> = ours.lines().collect();
    let theirs: Vec<_> = observed.lines().collect();
    for (n, line) in theirs.iter().enumerate() {
        assert_eq!(ours.get(n), Some(line), "line {}", n + 1);
    }
    assert_eq!(ours.len(), theirs.len());
}

#[test]
fn encoding_and_crypto_answer_as_k6_does() {
    matches_k6(
        include_str!("observed/crypto.js"),
        include_str!("observed/crypto.txt"),
    );
}

#[test]
fn selections_answer_as_in_k6() {
    matches_k6(
        include_str!("observed/html.js"),
        include_str!("observed/html.txt"),
    );
}

#[test]
fn elements_answer_as_in_k6() {
    matches_k6(
        include_str!("observed/elements.js"),
        include_str!("observed/elements.txt"),
    );
}
