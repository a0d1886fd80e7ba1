//! Starts against sums, inverses and each other.

use proptest::prelude::*;

use super::*;
use crate::plan::Segment;
use crate::plan::stripe::parts_of;

const S: Duration = Duration::from_secs(1);
const VUS: (u64, u64) = (20, 20);

fn ramp(start_rate: u64, stages: &[(u64, u64)], stripe: &Stripe) -> Arrivals {
    let stages: Vec<RateStage> = stages
        .iter()
        .map(|&(seconds, target)| RateStage {
            duration: S * u32::try_from(seconds).unwrap(),
            target,
        })
        .collect();
    Arrivals::ramping((start_rate, S), &stages, VUS, stripe)
}

fn check(arrivals: &Arrivals, observed: &[(u128, u64)]) {
    let planned: Vec<Start> = arrivals.starts().collect();
    assert_eq!(arrivals.count(), planned.len() as u64);
    assert_eq!(planned.len(), observed.len(), "{planned:?}");
    for (start, (at_ms, index)) in planned.iter().zip(observed) {
        assert_eq!(start.index, *index);
        let late_ms = at_ms.abs_diff(start.at.as_millis());
        assert!(
            late_ms <= 5,
            "iteration {index}: {at_ms} ms, {:?}",
            start.at
        );
    }
}

fn numbered(at_ms: &[u128]) -> Vec<(u128, u64)> {
    at_ms.iter().copied().zip(0..).collect()
}

fn part(segment: &str) -> Stripe {
    Stripe::new(Some(Segment::parse(segment).unwrap()), None).unwrap()
}

// The times below are what k6 2.2.0 was seen to do.

#[test]
fn a_constant_rate_starts_at_zero_and_ends_with_the_end() {
    let three = Arrivals::constant((3, S), S * 2, VUS, &Stripe::whole());
    check(&three, &numbered(&[2, 335, 669, 1002, 1337, 1669, 2002]));
    let n_starts = |rate| {
        Arrivals::constant((rate, S), S, VUS, &Stripe::whole())
            .starts()
            .count()
    };
    for (rate, n) in [(10, 11), (7, 8), (100, 101), (64, 65)] {
        assert_eq!(n_starts(rate), n);
    }
}

#[test]
fn a_ramp_starts_iterations_when_they_are_due() {
    let whole = Stripe::whole();
    let up = [
        450, 635, 777, 897, 1003, 1098, 1186, 1267, 1344, 1417, 1486, 1551, 1615, 1676, 1734, 1791,
        1846, 1900, 1951,
    ];
    check(&ramp(0, &[(2, 20)], &whole), &numbered(&up));
    let hold_then_down = [
        102, 202, 302, 402, 502, 602, 702, 802, 902, 1002, 1104, 1213, 1329, 1452, 1588, 1737,
        1906, 2107, 2370,
    ];
    check(
        &ramp(10, &[(1, 10), (2, 0)], &whole),
        &numbered(&hold_then_down),
    );
    let jump = [
        201, 401, 601, 802, 1001, 1052, 1101, 1151, 1201, 1251, 1301, 1351, 1401, 1451, 1501, 1551,
        1602, 1651, 1701, 1751, 1801, 1851, 1901, 1951,
    ];
    check(
        &ramp(5, &[(1, 5), (0, 20), (1, 20)], &whole),
        &numbered(&jump),
    );
    let pause = [107, 228, 370, 554, 1003, 2452, 2635, 2777, 2896];
    check(
        &ramp(10, &[(1, 0), (1, 0), (1, 10)], &whole),
        &numbered(&pause),
    );
}

#[test]
fn parts_share_a_rate_by_their_users() {
    let third = Arrivals::constant((10, S), S * 2, VUS, &part("0:1/3"));
    let observed = [
        (101, 1),
        (301, 3),
        (601, 6),
        (902, 9),
        (1201, 12),
        (1502, 15),
        (1801, 18),
    ];
    check(&third, &observed);
    assert_eq!((third.pre_allocated_vus, third.max_vus), (7, 7));
    let few = Arrivals::constant((10, S), S * 2, (2, 2), &part("0:1/3"));
    let observed: Vec<(u128, u64)> = (0..11).map(|n| (u128::from(n) * 200, n * 2)).collect();
    check(&few, &observed);
    let third = ramp(0, &[(2, 20)], &part("0:1/3"));
    let observed = [
        (635, 1),
        (896, 3),
        (1184, 6),
        (1415, 9),
        (1614, 12),
        (1790, 15),
        (1952, 18),
    ];
    check(&third, &observed);
}

#[test]
fn a_thousand_million_iterations_do_not_drift() {
    // 3 per second for 400,000,000 s: the times of single iterations are known exactly.
    let long = Arrivals::constant((3, S), S * 400_000_000, VUS, &Stripe::whole());
    let mut starts = long.starts();
    assert_eq!(starts.time_of(999_999_999), Some(333_333_333_000_000_000));
    assert_eq!(starts.time_of(1_000_000_000), Some(333_333_333_333_333_333));
    // From 0 to 20,000 per second in 100,000 s: iteration n is due at sqrt(n * 10) s.
    let up = ramp(0, &[(100_000, 20_000)], &Stripe::whole());
    let at_ns = up.starts().time_of(999_999_998).unwrap();
    assert!(at_ns.abs_diff(99_999_999_950_000) <= 1, "{at_ns}");
    let down = ramp(20_000, &[(100_000, 0)], &Stripe::whole());
    let at_ns = down.starts().time_of(999_999_998).unwrap();
    let exact_ns = 100_000_000_000_000_u64 - 3_162_277_660;
    assert!(at_ns.abs_diff(exact_ns) <= 1, "{at_ns}");
}

#[test]
fn a_rate_of_zero_for_ever_starts_nothing() {
    assert_eq!(ramp(0, &[(10, 0)], &Stripe::whole()).starts().count(), 0);
    assert_eq!(ramp(5, &[(0, 9)], &Stripe::whole()).starts().count(), 0);
}

proptest! {
    #[test]
    fn parts_together_start_the_whole(
        start_rate in 0_u64..50,
        stages in proptest::collection::vec((0_u64..4, 0_u64..60), 1..6),
        max_vus in 1_u64..40,
    ) {
        let stage = |(seconds, target)| {
            let duration = Duration::from_secs(seconds);
            RateStage { duration, target }
        };
        let stages: Vec<RateStage> = stages.into_iter().map(stage).collect();
        let plan = |stripe: &Stripe| {
            let ramp = Arrivals::ramping((start_rate, S), &stages, (1, max_vus), stripe);
            {
                assert_eq!(ramp.count(), ramp.starts().count() as u64);
                ramp.starts().collect::<Vec<Start>>()
            }
        };
        let mut starts = Vec::new();
        for part in parts_of("0,1/7,1/4,2/3,1") {
            starts.extend(plan(&part));
        }
        starts.sort_by_key(|start| start.index);
        let whole = plan(&Stripe::whole());
        prop_assert!(whole.windows(2).all(|pair| pair[0].at <= pair[1].at));
        prop_assert_eq!(starts, whole);
    }

    #[test]
    fn a_start_is_when_its_iteration_is_due(
        rates in (0_u64..100_000, 0_u64..100_000),
        seconds in 1_u64..10_000,
        n in 0_u64..1_000_000,
    ) {
        let arrivals = ramp(rates.0, &[(seconds, rates.1)], &Stripe::whole());
        let Some(at_ns) = arrivals.starts().time_of(n) else {
            let total = (rates.0 + rates.1) * seconds / 2;
            prop_assert!(n + 1 >= total);
            return Ok(());
        };
        let t = as_f64(at_ns) / 1e9;
        let (a, b) = (as_f64(rates.0), as_f64(rates.1));
        let due = a * t + (b - a) * t * t / (2.0 * as_f64(seconds));
        // Within a microsecond of the fastest rate, and the rounding of this very formula.
        let slack = 1e-6 * a.max(b) + 1e-9 * as_f64(n) + 1e-6;
        prop_assert!((due - as_f64(n + 1)).abs() <= slack, "{due} {n}");
    }
}
