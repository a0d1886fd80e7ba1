//! Judges when iterations started, by the server's clock.
//!
//! Invariants: the time that the program needs before its first iteration is no part of the
//! judgement; what is compared is the shape of the schedule.

use super::server::Request;

/// How far a start may lie from the plan, in ms.
const TOLERANCE_MS: f64 = 5.0;

/// Paths that begin so are starts of iterations.
const MARK: &str = "/at";

/// Says what is off, or nothing if every start lies within the tolerance of its plan.
pub(crate) fn off_plan(plan_ms: &[f64], requests: &[Request]) -> Option<String> {
    let starts_ms: Vec<f64> = requests
        .iter()
        .filter(|request| request.target.starts_with(MARK))
        .map(|request| request.at.as_secs_f64() * 1_000.0)
        .collect();
    if starts_ms.len() != plan_ms.len() {
        return Some(format!(
            "{} starts, {} planned",
            starts_ms.len(),
            plan_ms.len()
        ));
    }
    let mut ahead_ms: Vec<f64> = starts_ms
        .iter()
        .zip(plan_ms)
        .map(|(at, plan)| at - plan)
        .collect();
    let offset_ms = median(&mut ahead_ms)?;
    starts_ms
        .iter()
        .zip(plan_ms)
        .enumerate()
        .map(|(start_idx, (at, plan))| (start_idx, plan, at - offset_ms))
        .find(|(_, plan, at)| (at - **plan).abs() > TOLERANCE_MS)
        .map(|(start_idx, plan, at)| {
            format!("start {start_idx} was planned at {plan:.1} ms and came at {at:.1} ms")
        })
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn requests(at_ms: &[u64]) -> Vec<Request> {
        let one = |ms: &u64| Request {
            at: Duration::from_millis(*ms),
            connection: 0,
            method: "GET".to_owned(),
            target: "/at".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        at_ms.iter().map(one).collect()
    }

    #[test]
    fn the_time_before_the_first_start_does_not_count() {
        assert_eq!(
            off_plan(&[0.0, 100.0, 200.0], &requests(&[70, 171, 270])),
            None
        );
    }

    #[test]
    fn a_late_start_and_a_missing_one_are_told() {
        let late = off_plan(&[0.0, 100.0, 200.0], &requests(&[70, 180, 270])).unwrap();
        assert!(late.contains("start 1"), "{late}");
        let missing = off_plan(&[0.0, 100.0], &requests(&[70])).unwrap();
        assert!(missing.contains("1 starts, 2 planned"), "{missing}");
    }
}
