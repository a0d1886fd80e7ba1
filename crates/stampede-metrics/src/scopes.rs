//! What the full summary needs beside totals: every metric per scenario and group.
//!
//! Invariants: a sample counts in the scope of its own scenario and group alone; at most
//! [`SCOPES_MAX`] scopes are kept, later groups count in their scenario outside any group.

use std::collections::HashMap;

use crate::checks::Checks;
use crate::registry::{MetricId, Registry, builtin};
use crate::sample::UnixNs;
use crate::sink::Sink;
use crate::tags::Tags;

/// The most pairs of a scenario and a group that are told apart.
pub const SCOPES_MAX: usize = 2_000;

/// The series of one scenario outside groups, or of one group in it.
#[derive(Debug, Clone)]
pub struct Scope {
    /// By metric; empty for metrics without a sample here.
    sinks: Vec<Option<Sink>>,
    checks: Checks,
    first_at: UnixNs,
}

/// All scopes by scenario and group path.
#[derive(Debug, Clone, Default)]
pub struct Scopes {
    by_scenario: HashMap<Box<str>, HashMap<Box<str>, Scope>>,
    scopes: usize,
}

impl Scope {
    fn new(first_at: UnixNs) -> Scope {
        Scope {
            sinks: Vec::new(),
            checks: Checks::new(),
            first_at,
        }
    }

    /// The metrics that have samples here, by id.
    pub fn metrics(&self) -> impl Iterator<Item = (usize, &Sink)> {
        let sinks = self.sinks.iter().enumerate();
        sinks.filter_map(|(idx, sink)| Some((idx, sink.as_ref()?)))
    }

    /// The checks of this scope.
    #[must_use]
    pub fn checks(&self) -> &Checks {
        &self.checks
    }

    /// When the first sample of this scope was recorded.
    #[must_use]
    pub fn first_at(&self) -> UnixNs {
        self.first_at
    }

    /// Adds everything that `other` was given.
    pub(crate) fn merge(&mut self, other: &Scope) {
        if self.sinks.len() < other.sinks.len() {
            self.sinks.resize(other.sinks.len(), None);
        }
        for (ours, theirs) in self.sinks.iter_mut().zip(&other.sinks) {
            match (ours, theirs) {
                (Some(ours), Some(theirs)) => ours.merge(theirs),
                (ours @ None, Some(theirs)) => *ours = Some(theirs.clone()),
                (_, None) => {}
            }
        }
        self.checks.merge(&other.checks);
        self.first_at = self.first_at.min(other.first_at);
    }

    fn add(&mut self, registry: &Registry, metric: MetricId, value: f64, at: UnixNs) {
        let idx = metric.idx();
        if self.sinks.len() <= idx {
            self.sinks.resize(idx + 1, None);
        }
        self.sinks[idx]
            .get_or_insert_with(|| Sink::new(registry.metric(metric).kind))
            .add(value, at);
    }
}

impl Scopes {
    pub(crate) fn new() -> Scopes {
        Scopes::default()
    }

    /// The scopes of one scenario by group path; the path is empty outside groups.
    #[must_use]
    pub fn of_scenario(&self, scenario: &str) -> Vec<(&str, &Scope)> {
        let groups = self.by_scenario.get(scenario).into_iter().flatten();
        let mut groups: Vec<(&str, &Scope)> =
            groups.map(|(path, scope)| (&**path, scope)).collect();
        groups.sort_by_key(|&(path, scope)| (scope.first_at, path));
        groups
    }

    /// The scenarios that have samples, sorted; the empty name is that of setup and teardown.
    #[must_use]
    pub fn scenarios(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.by_scenario.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn record_all(
        &mut self,
        registry: &Registry,
        values: &[(MetricId, f64)],
        at: UnixNs,
        tags: &Tags<'_>,
    ) {
        let scenario = tags.get("scenario").unwrap_or("");
        let group = tags.get("group").unwrap_or("");
        let scope = self.scope(scenario, group, at);
        for &(metric, value) in values.iter().filter(|(_, value)| value.is_finite()) {
            scope.add(registry, metric, value, at);
            if metric == builtin::CHECKS
                && let Some(check) = tags.get("check")
            {
                scope.checks.count(group, check, value != 0.0, at);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Scopes) {
        for (scenario, groups) in &other.by_scenario {
            for (group, theirs) in groups {
                self.scope(scenario, group, theirs.first_at).merge(theirs);
            }
        }
    }

    #[must_use]
    pub(crate) fn take(&mut self) -> Scopes {
        std::mem::take(self)
    }

    fn scope(&mut self, scenario: &str, group: &str, at: UnixNs) -> &mut Scope {
        if !self.by_scenario.contains_key(scenario) {
            self.by_scenario.insert(scenario.into(), HashMap::new());
        }
        let groups = self
            .by_scenario
            .get_mut(scenario)
            .expect("the scenario was inserted above");
        let group = if self.scopes < SCOPES_MAX || groups.contains_key(group) {
            group
        } else {
            ""
        };
        if !groups.contains_key(group) {
            self.scopes += 1;
            groups.insert(group.into(), Scope::new(at));
        }
        groups.get_mut(group).expect("the group was inserted above")
    }
}
