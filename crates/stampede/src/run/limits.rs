//! Whether this system lets as many virtual users live as a test wants, before it begins.
//!
//! Invariant: a run that would fail for want of descriptors or memory maps is refused with what to
//! raise, not begun.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are not connections: files, outputs, event loops, the log.
const DESCRIPTORS_RESERVED: u64 = 64;
/// Memory maps of one user: its stack, the guard below it, and what its runtime grows into.
const MAPS_PER_USER: u64 = 2;
/// Memory maps of the program itself.
const MAPS_RESERVED: u64 = 2_000;

/// Raises the limit of descriptors as far as this process may, and checks what there is then.
///
/// # Errors
/// What is too low, and how to raise it: all of it at once.
pub(super) fn check(max_vus: u64) -> Result<(), String> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let descriptors = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // A system that does not say has no such limit.
    let maps = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok();
    let maps = maps.and_then(|text| text.trim().parse().ok());
    let problems = problems(max_vus, descriptors, maps);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

/// What is too low for so many users; `None` is no limit.
fn problems(max_vus: u64, descriptors: Option<u64>, maps: Option<u64>) -> Vec<String> {
    let mut problems = Vec::new();
    let wanted = max_vus.saturating_add(DESCRIPTORS_RESERVED);
    if let Some(allowed) = descriptors.filter(|allowed| *allowed < wanted) {
        problems.push(format!(
            "{max_vus} virtual users need {wanted} file descriptors and this process may have \
             {allowed}; raise the limit with `ulimit -Hn {wanted}` or LimitNOFILE=, or run fewer \
             users per machine. Nothing was sent"
        ));
    }
    let wanted = max_vus
        .saturating_mul(MAPS_PER_USER)
        .saturating_add(MAPS_RESERVED);
    if let Some(allowed) = maps.filter(|allowed| *allowed < wanted) {
        problems.push(format!(
            "{max_vus} virtual users need {wanted} memory maps and this system allows {allowed}; \
             raise it with `sysctl vm.max_map_count={wanted}`, or run fewer users per machine. \
             Nothing was sent"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::problems;

    #[test]
    fn everything_that_is_too_low_is_told_with_what_to_raise() {
        assert!(problems(1_000, Some(20_000), Some(65_530)).is_empty());
        assert!(problems(1_000, None, None).is_empty());
        let found = problems(50_000, Some(20_000), Some(65_530));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("ulimit -Hn 50064"), "{}", found[0]);
        assert!(found[1].contains("vm.max_map_count=102000"), "{}", found[1]);
        assert_eq!(problems(u64::MAX, Some(1), Some(1)).len(), 2);
    }
}
