//! The rules by which levels are joined, and by which shortcuts become scenarios.
//!
//! Invariants: a level that sets one of duration, iterations, stages and scenarios discards all
//! four of the levels below it; the number of users alone discards nothing.

use std::collections::BTreeMap;

use super::values::SystemTag;
use super::{Dns, Options, ScenarioOptions};
use crate::duration::Span;
use crate::plan::Plan;
use crate::problem::{EXIT_USAGE, Findings, Problems, Warning};
use crate::scenario::ExecutorKind;

/// The columns of trends in the summary, unless `summaryTrendStats` says otherwise.
const TREND_STATS: [&str; 6] = ["avg", "min", "med", "max", "p(90)", "p(95)"];

/// What each level sets, from the weakest to the strongest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// The config file.
    pub config: Options,
    /// The exported `options` of the script.
    pub script: Options,
    /// The `K6_*` variables.
    pub environment: Options,
    /// The flags.
    pub flags: Options,
}

/// The options that count.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// All levels joined; `scenarios` is set and not empty, and so are `systemTags` and
    /// `summaryTrendStats`.
    pub options: Options,
    /// What the author of the test should know.
    pub warnings: Vec<Warning>,
}

impl Options {
    /// Joins the levels and turns shortcuts into a scenario named `default`.
    ///
    /// # Errors
    /// Shortcuts that exclude each other, and values out of range: all of them at once.
    pub fn merged(levels: Levels) -> Result<Merged, Problems> {
        let mut findings = Findings::default();
        let mut options = Self::default();
        for (level, higher) in [
            ("the config file", levels.config),
            ("the script", levels.script),
            ("the environment", levels.environment),
            ("the command line", levels.flags),
        ] {
            if options.scenarios.is_some() && higher.sets_execution() {
                findings.warn(format!(
                    "{level} replaces the scenarios of the levels below it"
                ));
            }
            options = options.overridden_by(higher);
        }
        options.derive_scenarios(&mut findings);
        options.check(&mut findings);
        if options.system_tags.is_none() {
            options.system_tags = Some(SystemTag::defaults());
        }
        if options.summary_trend_stats.is_none() {
            options.summary_trend_stats = Some(TREND_STATS.map(str::to_owned).to_vec());
        }
        if let Err(problems) = Plan::new(&options) {
            findings.problems.extend_from_slice(problems.list());
        }
        let warnings = findings.warnings;
        Problems::or(findings.problems, Merged { options, warnings })
    }

    /// Whether it says what runs, beside the number of users.
    fn sets_execution(&self) -> bool {
        self.duration.is_some()
            || self.iterations.is_some()
            || self.stages.is_some()
            || self.scenarios.is_some()
    }

    /// Joins two levels: what `higher` says counts.
    fn overridden_by(mut self, higher: Self) -> Self {
        macro_rules! join {
            ($($field:ident),+ $(,)?) => {
                $(if higher.$field.is_some() {
                    self.$field = higher.$field;
                })+
            };
        }
        if higher.sets_execution() {
            (self.duration, self.iterations, self.stages) = (None, None, None);
            self.scenarios = None;
        }
        // No tags at all are not an answer.
        self.tags = higher.tags.filter(|tags| !tags.is_empty()).or(self.tags);
        self.dns = Dns {
            ttl: higher.dns.ttl.or(self.dns.ttl),
            select: higher.dns.select.or(self.dns.select),
            policy: higher.dns.policy.or(self.dns.policy),
        };
        join!(
            paused,
            vus,
            duration,
            iterations,
            stages,
            scenarios,
            execution_segment,
            execution_segment_sequence,
            no_setup,
            setup_timeout,
            no_teardown,
            teardown_timeout,
            handle_summary_timeout,
            rps,
            max_redirects,
            user_agent,
            batch,
            batch_per_host,
            http_debug,
            insecure_skip_tls_verify,
            tls_cipher_suites,
            tls_version,
            tls_auth,
            throw,
            thresholds,
            blacklist_ips,
            block_hostnames,
            hosts,
            no_connection_reuse,
            no_vu_connection_reuse,
            min_iteration_duration,
            ext,
            cloud,
            summary_trend_stats,
            summary_time_unit,
            system_tags,
            metric_samples_buffer_size,
            no_cookies_reset,
            discard_response_bodies,
            features,
            console_output,
            local_ips,
        );
        self
    }

    /// Turns shortcuts into a scenario.
    fn derive_scenarios(&mut self, findings: &mut Findings) {
        if let Some(stages) = &mut self.stages {
            let n_written = stages.len();
            stages.retain(|stage| stage.duration.is_some());
            if stages.len() < n_written && stages.is_empty() {
                findings.warn("no stage has a duration, so that there are no stages");
            }
        }
        let has_stages = self
            .stages
            .as_ref()
            .is_some_and(|stages| !stages.is_empty());
        let has_scenarios = self.scenarios.is_some();
        let mut exclude = |one: &str, other: &str, both: bool| {
            if both {
                let what = format!("cannot be used together with {other}; use one of them");
                findings.problem(one, what);
            }
        };
        if self.iterations.is_some() {
            exclude("iterations", "stages", has_stages);
            exclude("iterations", "scenarios", has_scenarios);
            let mut scenario = ScenarioOptions::new(ExecutorKind::SharedIterations);
            (scenario.vus, scenario.iterations) = (self.vus, self.iterations);
            scenario.max_duration = self.duration;
            self.set_default_scenario(scenario);
        } else if let Some(duration) = self.duration {
            exclude("duration", "stages", has_stages);
            exclude("duration", "scenarios", has_scenarios);
            if duration <= Span::ZERO {
                findings.problem(
                    "duration",
                    format!("must be more than 0, but is {duration}"),
                );
                return;
            }
            let mut scenario = ScenarioOptions::new(ExecutorKind::ConstantVus);
            (scenario.vus, scenario.duration) = (self.vus, self.duration);
            self.set_default_scenario(scenario);
        } else if has_stages {
            exclude("stages", "scenarios", has_scenarios);
            let mut scenario = ScenarioOptions::new(ExecutorKind::RampingVus);
            (scenario.start_vus, scenario.stages) = (self.vus, self.stages.clone());
            self.set_default_scenario(scenario);
        } else {
            self.derive_without_execution(findings);
        }
    }

    /// Turns the number of users alone, or nothing at all, into a scenario.
    fn derive_without_execution(&mut self, findings: &mut Findings) {
        let n_scenarios = self.scenarios.as_ref().map(BTreeMap::len);
        match (self.vus, n_scenarios) {
            (Some(vus), _) if self.stages.is_none() => {
                if n_scenarios.is_some() {
                    findings.warn(format!(
                        "vus={vus} replaces the scenarios: {vus} users share {vus} iterations"
                    ));
                }
                self.iterations = self.vus;
                let mut scenario = ScenarioOptions::new(ExecutorKind::SharedIterations);
                (scenario.vus, scenario.iterations) = (self.vus, self.vus);
                self.set_default_scenario(scenario);
            }
            (_, Some(1..)) => {}
            (_, n_scenarios) => {
                let empty = match (n_scenarios, &self.stages) {
                    (Some(_), _) => Some("scenarios"),
                    (None, Some(_)) => Some("stages"),
                    (None, None) => None,
                };
                if let Some(field) = empty {
                    findings.warn(format!(
                        "{field} is set, but empty; one user runs one iteration"
                    ));
                }
                self.set_default_scenario(ScenarioOptions::new(ExecutorKind::PerVuIterations));
            }
        }
    }

    fn set_default_scenario(&mut self, scenario: ScenarioOptions) {
        self.scenarios = Some(BTreeMap::from([("default".to_owned(), scenario)]));
    }

    /// Notes values out of range, scenarios aside.
    fn check(&self, findings: &mut Findings) {
        for (field, timeout) in [
            ("setupTimeout", self.setup_timeout),
            ("teardownTimeout", self.teardown_timeout),
            ("handleSummaryTimeout", self.handle_summary_timeout),
        ] {
            if let Some(timeout) = timeout.filter(|timeout| *timeout <= Span::ZERO) {
                findings.problem(field, format!("must be more than 0, but is {timeout}"));
            }
        }
        for stat in self.summary_trend_stats.iter().flatten() {
            if !is_trend_stat(stat) {
                let what = format!(
                    "{stat:?} is no statistic of a trend; accepted are avg, min, med, max, count, \
                     and p(N) with N from 0 to 100"
                );
                findings.problem_with_code("summaryTrendStats", what, EXIT_USAGE);
            }
        }
    }
}

fn is_trend_stat(text: &str) -> bool {
    let percentile = text
        .strip_prefix("p(")
        .and_then(|rest| rest.strip_suffix(')'));
    match percentile {
        Some(number) => number
            .parse()
            .is_ok_and(|p: f64| (0.0..=100.0).contains(&p)),
        None => matches!(text, "avg" | "min" | "med" | "max" | "count"),
    }
}
