//! The metrics of a run: the builtin ones and those that scripts create.
//!
//! Invariants:
//! * A name has one kind and one content for the whole run; an id never changes its meaning.
//! * The ids in [`builtin`] are the same in every run.
//!
//! Never: touched while a sample is recorded; recorders keep what they need.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::kind::{Contains, MetricKind};

/// The most metrics one run may have, builtin ones included.
pub const METRICS_MAX: usize = 10_000;

/// The shortest name of a metric, in characters.
pub const METRIC_NAME_CHARS_MIN: usize = 2;

/// The longest name of a metric, in characters.
pub const METRIC_NAME_CHARS_MAX: usize = 128;

/// A metric of one [`Registry`]: a small index, cheap to copy and to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MetricId(u32);

impl MetricId {
    /// The metric's place in its registry, from 0 without gaps.
    #[must_use]
    pub fn idx(self) -> usize {
        self.0 as usize
    }

    fn from_idx(idx: usize) -> MetricId {
        MetricId(u32::try_from(idx).expect("a registry holds at most METRICS_MAX metrics"))
    }
}

/// A metric as it was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// The metric's id in its registry.
    pub id: MetricId,
    /// The name, as thresholds and summaries write it.
    pub name: String,
    /// How its samples add up.
    pub kind: MetricKind,
    /// What its values stand for.
    pub contains: Contains,
}

/// Why a metric could not be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name breaks the rule for names.
    #[error(
        "'{name}' is not a name for a metric; use {METRIC_NAME_CHARS_MIN} to \
         {METRIC_NAME_CHARS_MAX} ASCII letters, digits and underscores, not starting with a digit"
    )]
    Name {
        /// The refused name.
        name: String,
    },
    /// The name is taken by a metric of another kind or content.
    #[error(
        "metric '{name}' already exists as a {existing} of {existing_contains} values and cannot \
         also be a {asked} of {asked_contains} values; choose another name",
        existing_contains = existing_contains.as_str(),
        asked_contains = asked_contains.as_str()
    )]
    Taken {
        /// The name both want.
        name: String,
        /// The kind it has.
        existing: MetricKind,
        /// The content it has.
        existing_contains: Contains,
        /// The kind that was asked for.
        asked: MetricKind,
        /// The content that was asked for.
        asked_contains: Contains,
    },
    /// There are [`METRICS_MAX`] metrics already.
    #[error(
        "metric '{name}' was not created because a run may have at most {METRICS_MAX} metrics; \
         tell values apart by tags instead of by names"
    )]
    TooMany {
        /// The refused name.
        name: String,
    },
}

/// The ids and definitions of the metrics that exist without a script's doing.
pub mod builtin {
    use super::{Contains, MetricId, MetricKind};

    macro_rules! builtin_metrics {
        ($($constant:ident = $idx:literal $name:literal $kind:ident $contains:ident;)*) => {
            $(
                #[doc = concat!("`", $name, "`.")]
                pub const $constant: MetricId = MetricId($idx);
            )*
            pub(super) const ALL: &[(MetricId, &str, MetricKind, Contains)] = &[
                $(($constant, $name, MetricKind::$kind, Contains::$contains),)*
            ];
        };
    }

    builtin_metrics! {
        VUS = 0 "vus" Gauge Default;
        VUS_MAX = 1 "vus_max" Gauge Default;
        ITERATIONS = 2 "iterations" Counter Default;
        ITERATION_DURATION = 3 "iteration_duration" Trend Time;
        DROPPED_ITERATIONS = 4 "dropped_iterations" Counter Default;
        CHECKS = 5 "checks" Rate Default;
        GROUP_DURATION = 6 "group_duration" Trend Time;
        HTTP_REQS = 7 "http_reqs" Counter Default;
        HTTP_REQ_FAILED = 8 "http_req_failed" Rate Default;
        HTTP_REQ_DURATION = 9 "http_req_duration" Trend Time;
        HTTP_REQ_BLOCKED = 10 "http_req_blocked" Trend Time;
        HTTP_REQ_CONNECTING = 11 "http_req_connecting" Trend Time;
        HTTP_REQ_TLS_HANDSHAKING = 12 "http_req_tls_handshaking" Trend Time;
        HTTP_REQ_SENDING = 13 "http_req_sending" Trend Time;
        HTTP_REQ_WAITING = 14 "http_req_waiting" Trend Time;
        HTTP_REQ_RECEIVING = 15 "http_req_receiving" Trend Time;
        WS_SESSIONS = 16 "ws_sessions" Counter Default;
        WS_MSGS_SENT = 17 "ws_msgs_sent" Counter Default;
        WS_MSGS_RECEIVED = 18 "ws_msgs_received" Counter Default;
        WS_PING = 19 "ws_ping" Trend Time;
        WS_SESSION_DURATION = 20 "ws_session_duration" Trend Time;
        WS_CONNECTING = 21 "ws_connecting" Trend Time;
        GRPC_REQ_DURATION = 22 "grpc_req_duration" Trend Time;
        DATA_SENT = 23 "data_sent" Counter Data;
        DATA_RECEIVED = 24 "data_received" Counter Data;
    }
}

/// All metrics of a run. Shared by every thread while scripts load.
#[derive(Debug)]
pub struct Registry {
    inner: RwLock<Inner>,
}

#[derive(Debug)]
struct Inner {
    metrics: Vec<Metric>,
    by_name: HashMap<String, MetricId>,
}

impl Default for Registry {
    fn default() -> Registry {
        Registry::new()
    }
}

impl Registry {
    /// Makes a registry that holds the builtin metrics.
    #[must_use]
    pub fn new() -> Registry {
        let metrics: Vec<Metric> = builtin::ALL
            .iter()
            .map(|&(id, name, kind, contains)| Metric {
                id,
                name: name.to_owned(),
                kind,
                contains,
            })
            .collect();
        let by_name = metrics
            .iter()
            .map(|metric| (metric.name.clone(), metric.id))
            .collect();
        Registry {
            inner: RwLock::new(Inner { metrics, by_name }),
        }
    }

    /// Registers a metric, or answers the one of the same name, kind and content.
    ///
    /// # Errors
    /// When the name breaks the rules, or is taken by a metric of another kind or content.
    pub fn register(
        &self,
        name: &str,
        kind: MetricKind,
        contains: Contains,
    ) -> Result<MetricId, RegisterError> {
        if !is_metric_name(name) {
            return Err(RegisterError::Name {
                name: name.to_owned(),
            });
        }
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(&id) = inner.by_name.get(name) {
            let existing = &inner.metrics[id.idx()];
            if existing.kind == kind && existing.contains == contains {
                return Ok(id);
            }
            return Err(RegisterError::Taken {
                name: name.to_owned(),
                existing: existing.kind,
                existing_contains: existing.contains,
                asked: kind,
                asked_contains: contains,
            });
        }
        if inner.metrics.len() >= METRICS_MAX {
            return Err(RegisterError::TooMany {
                name: name.to_owned(),
            });
        }
        let id = MetricId::from_idx(inner.metrics.len());
        inner.metrics.push(Metric {
            id,
            name: name.to_owned(),
            kind,
            contains,
        });
        inner.by_name.insert(name.to_owned(), id);
        Ok(id)
    }

    /// The metric of this name, if it is registered.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Metric> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let id = inner.by_name.get(name)?;
        Some(inner.metrics[id.idx()].clone())
    }

    /// The definition of a metric of this registry.
    ///
    /// # Panics
    /// When the id belongs to another, larger registry.
    #[must_use]
    pub fn metric(&self, id: MetricId) -> Metric {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.metrics[id.idx()].clone()
    }

    /// The metric at a place; `None` if there are fewer.
    pub(crate) fn metric_at(&self, idx: usize) -> Option<Metric> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.metrics.get(idx).cloned()
    }

    /// All metrics by id.
    #[must_use]
    pub fn metrics(&self) -> Vec<Metric> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.metrics.clone()
    }

    /// The kinds of all metrics whose place is `from_idx` or later.
    pub(crate) fn kinds_from(&self, from_idx: usize) -> Vec<MetricKind> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let newer = inner.metrics.get(from_idx..).unwrap_or_default();
        newer.iter().map(|metric| metric.kind).collect()
    }
}

/// Whether `name` is 2 to 128 ASCII letters, digits and underscores that start with no digit.
#[must_use]
pub fn is_metric_name(name: &str) -> bool {
    let starts_well = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts_well
        && (METRIC_NAME_CHARS_MIN..=METRIC_NAME_CHARS_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::{METRICS_MAX, RegisterError, Registry, builtin, is_metric_name};
    use crate::kind::{Contains, MetricKind};

    #[test]
    fn builtin_ids_are_their_places() {
        let registry = Registry::new();
        for (idx, &(id, name, kind, contains)) in builtin::ALL.iter().enumerate() {
            assert_eq!(id.idx(), idx, "{name}");
            let metric = registry.metric(id);
            assert_eq!(
                (metric.name.as_str(), metric.kind, metric.contains),
                (name, kind, contains)
            );
            assert_eq!(registry.find(name), Some(metric));
        }
        assert_eq!(registry.metrics().len(), builtin::ALL.len());
    }

    #[test]
    fn names_follow_the_rule() {
        for (name, expected) in [
            ("ab", true),
            ("_1", true),
            ("a", false),
            ("_", false),
            ("A9_z", true),
            (&"x".repeat(128) as &str, true),
            (&"x".repeat(129) as &str, false),
            ("", false),
            ("9a", false),
            ("a-b", false),
            ("a b", false),
            ("a.b", false),
            ("é", false),
            ("a\n", false),
        ] {
            assert_eq!(is_metric_name(name), expected, "{name:?}");
        }
    }

    #[test]
    fn the_same_definition_again_is_the_same_metric() {
        let registry = Registry::new();
        let first = registry.register("tt", MetricKind::Trend, Contains::Time);
        assert_eq!(
            registry.register("tt", MetricKind::Trend, Contains::Time),
            first
        );
        assert_eq!(
            registry.register("checks", MetricKind::Rate, Contains::Default),
            Ok(builtin::CHECKS)
        );
    }

    #[test]
    fn another_kind_or_content_under_the_same_name_is_refused() {
        let registry = Registry::new();
        registry
            .register("tt", MetricKind::Trend, Contains::Default)
            .unwrap();
        for (kind, contains) in [
            (MetricKind::Trend, Contains::Time),
            (MetricKind::Counter, Contains::Default),
        ] {
            let error = registry.register("tt", kind, contains).unwrap_err();
            assert!(
                matches!(&error, RegisterError::Taken { name, .. } if name == "tt"),
                "{error}"
            );
        }
        let error = registry
            .register("vus", MetricKind::Counter, Contains::Default)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "metric 'vus' already exists as a gauge of default values and cannot also be a \
             counter of default values; choose another name"
        );
    }

    #[test]
    fn metrics_are_bounded() {
        let registry = Registry::new();
        for n in builtin::ALL.len()..METRICS_MAX {
            registry
                .register(&format!("m{n}"), MetricKind::Rate, Contains::Default)
                .unwrap();
        }
        let error = registry.register("one_more", MetricKind::Rate, Contains::Default);
        assert!(matches!(error, Err(RegisterError::TooMany { .. })));
        assert!(
            registry
                .register("m500", MetricKind::Rate, Contains::Default)
                .is_ok()
        );
    }
}
