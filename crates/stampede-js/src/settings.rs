//! What a run decides about its virtual users, once its options are settled.
//!
//! Never: reads a script's options itself; the caller merges and checks them.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use stampede_metrics::TagSet;

/// Tags that a run adds by itself, those of the option `systemTags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemTags(u32);

macro_rules! system_tags {
    ($($constant:ident = $bit:literal $name:literal;)*) => {
        impl SystemTags {
            $(
                #[doc = concat!("`", $name, "`")]
                pub const $constant: SystemTags = SystemTags(1 << $bit);
            )*

            /// All of them.
            pub const ALL: &'static [(SystemTags, &'static str)] =
                &[$((SystemTags::$constant, $name),)*];
        }
    };
}

system_tags! {
    PROTO = 0 "proto";
    SUBPROTO = 1 "subproto";
    STATUS = 2 "status";
    METHOD = 3 "method";
    URL = 4 "url";
    NAME = 5 "name";
    GROUP = 6 "group";
    CHECK = 7 "check";
    ERROR = 8 "error";
    ERROR_CODE = 9 "error_code";
    TLS_VERSION = 10 "tls_version";
    SCENARIO = 11 "scenario";
    SERVICE = 12 "service";
    EXPECTED_RESPONSE = 13 "expected_response";
    ITER = 14 "iter";
    VU = 15 "vu";
    OCSP_STATUS = 16 "ocsp_status";
    IP = 17 "ip";
}

impl SystemTags {
    /// None of them.
    pub const NONE: SystemTags = SystemTags(0);

    /// The tags of these names; the first that is not one of them as the error.
    ///
    /// # Errors
    /// The unknown name.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<SystemTags, &'a str> {
        let mut tags = SystemTags::NONE;
        for name in names {
            let known = SystemTags::ALL.iter().find(|(_, other)| *other == name);
            tags.0 |= known.ok_or(name)?.0.0;
        }
        Ok(tags)
    }

    /// Whether all of `other` are among these.
    #[must_use]
    pub fn has(self, other: SystemTags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Default for SystemTags {
    /// The tags that are on when a script says nothing.
    fn default() -> SystemTags {
        let off =
            SystemTags::ITER.0 | SystemTags::VU.0 | SystemTags::OCSP_STATUS.0 | SystemTags::IP.0;
        let all = SystemTags::ALL.iter().fold(0, |all, (tag, _)| all | tag.0);
        SystemTags(all & !off)
    }
}

/// What holds for all virtual users of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The settled options as JSON, which scripts read at `exec.test.options`.
    pub options_json: String,
    /// Which tags samples get by themselves.
    pub system_tags: SystemTags,
    /// The tags that every sample of the run has.
    pub tags: TagSet,
    /// Whether a request that fails throws.
    pub throw: bool,
    /// Whether bodies are dropped unless a request says otherwise.
    pub discard_response_bodies: bool,
    /// Whether cookies outlive an iteration.
    pub no_cookies_reset: bool,
    /// How many requests of one batch are in flight together.
    pub batch_max: usize,
    /// How many of them to one host.
    pub batch_per_host_max: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            options_json: "{}".to_owned(),
            system_tags: SystemTags::default(),
            tags: TagSet::new(),
            throw: false,
            discard_response_bodies: false,
            no_cookies_reset: false,
            batch_max: 20,
            batch_per_host_max: 6,
        }
    }
}

/// A scenario as its virtual users know it.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// The kind of its executor, such as `constant-vus`.
    pub executor: String,
    /// The exported function that it calls.
    pub exec: String,
    /// Variables that it adds to `__ENV`.
    pub env: Vec<(String, String)>,
    /// Tags that it adds; its own name cannot be among them.
    pub tags: TagSet,
    /// When it started, milliseconds since the Unix epoch.
    pub started_unix_ms: u64,
}

/// The numbers of an iteration that the executor gave it, both from 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Iteration {
    /// Its number in the scenario, on this machine.
    pub in_instance: u64,
    /// Its number in the scenario, of the whole test.
    pub in_test: u64,
}

/// The figures of a run that scripts can ask for while it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Iterations that ended.
    pub iterations_completed: u64,
    /// Iterations that were cut short.
    pub iterations_interrupted: u64,
    /// Virtual users that are in an iteration.
    pub vus_active: u64,
    /// Virtual users that exist.
    pub vus_initialized: u64,
    /// Since the start of the run.
    pub elapsed: Duration,
}

/// Answers what scripts ask about the run.
pub trait RunInfo {
    /// The run's figures now.
    fn figures(&self) -> Figures;

    /// How much of a scenario is done, 0.0-1.0.
    fn progress(&self, scenario: &str) -> f64;
}

/// A run that nothing is known about.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRunInfo;

impl RunInfo for NoRunInfo {
    fn figures(&self) -> Figures {
        Figures::default()
    }

    fn progress(&self, _scenario: &str) -> f64 {
        0.0
    }
}

/// What surrounds a script beyond its own language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compatibility {
    /// As scripts expect it: `global` is the global object.
    #[default]
    Extended,
    /// Nothing but what the language itself has.
    Base,
}

/// Bounds of what one virtual user may use.
#[derive(Clone, Copy, Debug)]
pub struct VuLimits {
    /// Address space of its stack in bytes; only what is touched is committed.
    pub stack_bytes: usize,
    /// The most memory of its JavaScript values in bytes; 0 sets no limit.
    pub memory_bytes: usize,
    /// After how long a running script lets its neighbours run.
    pub slice: Duration,
}

impl Default for VuLimits {
    fn default() -> VuLimits {
        VuLimits {
            stack_bytes: 1 << 20,
            memory_bytes: 0,
            slice: Duration::from_millis(10),
        }
    }
}

/// What one virtual user gets from its run.
#[derive(Clone)]
pub struct VuConfig {
    /// Its number on this machine, from 1 (`__VU`).
    pub id_in_instance: u64,
    /// Its number in the whole test, from 1.
    pub id_in_test: u64,
    /// What holds for all virtual users.
    pub settings: Arc<Settings>,
    /// Where its samples go: the recorder of its thread.
    pub recorder: Rc<std::cell::RefCell<stampede_metrics::Recorder>>,
    /// Its connections.
    pub client: stampede_http::Client,
    /// Answers questions about the run.
    pub info: Rc<dyn RunInfo>,
}

impl fmt::Debug for VuConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VuConfig")
            .field("id_in_instance", &self.id_in_instance)
            .field("id_in_test", &self.id_in_test)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::SystemTags;

    #[test]
    fn four_tags_are_off_unless_asked_for() {
        let on = SystemTags::default();
        for (tag, name) in SystemTags::ALL {
            let is_off = ["iter", "vu", "ocsp_status", "ip"].contains(name);
            assert_eq!(on.has(*tag), !is_off, "{name}");
        }
        assert_eq!(SystemTags::from_names(["vu", "nope"]), Err("nope"));
        assert!(SystemTags::from_names(["vu"]).unwrap().has(SystemTags::VU));
    }
}
