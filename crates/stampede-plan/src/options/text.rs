//! Options from texts: flags and variables.
//!
//! The two read some options differently, as those who write them are used to: a flag wants a
//! unit with every duration and writes a tag as `name=value`, a variable as `name:value`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::values::{BlockedHost, Dns, DnsPolicy, DnsSelect, IpRange, Stage, SystemTag};
use super::{Options, Parsed, RunOptions};
use crate::duration::Span;
use crate::environment::{RunSetting, Sets, Setting, VARIABLES};
use crate::plan::{Segment, SegmentSequence};
use crate::problem::{EXIT_CONFIGURATION, EXIT_USAGE, Findings, Problem, Problems};

/// Where a text comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source<'a> {
    /// A flag, such as `--vus`.
    Flag(&'a str),
    /// A variable, such as `K6_VUS`.
    Variable(&'a str),
}

impl Source<'_> {
    fn problem(self, what: String) -> Problem {
        let (field, exit_code) = match self {
            Self::Flag(name) => (name, EXIT_USAGE),
            Self::Variable(name) => (name, EXIT_CONFIGURATION),
        };
        Problem {
            field: field.to_owned(),
            what,
            exit_code,
        }
    }
}

impl Options {
    /// Sets the option that `setting` names from the text of a flag or variable.
    ///
    /// An option that takes a list adds to what earlier calls set.
    ///
    /// # Errors
    /// The text is not accepted; the options are unchanged.
    pub fn set_text(
        &mut self,
        setting: Setting,
        text: &str,
        source: Source<'_>,
    ) -> Result<(), Problem> {
        self.try_set(setting, text, source).map_err(|what| {
            let mut problem = source.problem(what);
            if setting == Setting::Dns && has_bad_ttl(text) {
                problem.exit_code = EXIT_USAGE;
            }
            problem
        })
    }

    fn try_set(&mut self, setting: Setting, text: &str, source: Source<'_>) -> Result<(), String> {
        match setting {
            Setting::Paused => self.paused = Some(boolean(text, source)?),
            Setting::Vus => self.vus = Some(integer(text)?),
            Setting::Duration => self.duration = Some(span(text, source)?),
            Setting::Iterations => self.iterations = Some(integer(text)?),
            Setting::Stages => extend(&mut self.stages, text, stage)?,
            Setting::ExecutionSegment => self.execution_segment = Some(Segment::parse(text)?),
            Setting::ExecutionSegmentSequence => {
                self.execution_segment_sequence = Some(SegmentSequence::parse(text)?);
            }
            Setting::NoSetup => self.no_setup = Some(boolean(text, source)?),
            Setting::SetupTimeout => self.setup_timeout = Some(span(text, source)?),
            Setting::NoTeardown => self.no_teardown = Some(boolean(text, source)?),
            Setting::TeardownTimeout => self.teardown_timeout = Some(span(text, source)?),
            Setting::HandleSummaryTimeout => {
                self.handle_summary_timeout = Some(span(text, source)?);
            }
            Setting::Rps => self.rps = Some(integer(text)?),
            Setting::Dns => self.dns = dns(text)?,
            Setting::MaxRedirects => self.max_redirects = Some(integer(text)?),
            Setting::UserAgent => self.user_agent = Some(text.to_owned()),
            Setting::Batch => self.batch = Some(integer(text)?),
            Setting::BatchPerHost => self.batch_per_host = Some(integer(text)?),
            Setting::HttpDebug => self.http_debug = Some(text.to_owned()),
            Setting::InsecureSkipTlsVerify => {
                self.insecure_skip_tls_verify = Some(boolean(text, source)?);
            }
            Setting::Throw => self.throw = Some(boolean(text, source)?),
            Setting::BlacklistIps => extend(&mut self.blacklist_ips, text, ip_range)?,
            Setting::BlockHostnames => extend(&mut self.block_hostnames, text, blocked_host)?,
            Setting::NoConnectionReuse => self.no_connection_reuse = Some(boolean(text, source)?),
            Setting::NoVuConnectionReuse => {
                self.no_vu_connection_reuse = Some(boolean(text, source)?);
            }
            Setting::MinIterationDuration => {
                self.min_iteration_duration = Some(span(text, source)?);
            }
            Setting::SummaryTrendStats => {
                extend(&mut self.summary_trend_stats, text, |part| {
                    Ok(part.trim().to_owned())
                })?;
            }
            Setting::SummaryTimeUnit => self.summary_time_unit = Some(time_unit(text, source)?),
            Setting::SystemTags => self.system_tags = Some(system_tags(text)),
            Setting::Tags => {
                let tags = tags(text, source)?;
                self.tags.get_or_insert_default().extend(tags);
            }
            Setting::MetricSamplesBufferSize => {
                self.metric_samples_buffer_size = Some(integer(text)?);
            }
            Setting::NoCookiesReset => self.no_cookies_reset = Some(boolean(text, source)?),
            Setting::DiscardResponseBodies => {
                self.discard_response_bodies = Some(boolean(text, source)?);
            }
            Setting::ConsoleOutput => self.console_output = Some(text.to_owned()),
            Setting::LocalIps => self.local_ips = Some(ip_pool(text)?),
        }
        Ok(())
    }

    /// Reads all variables; `read` gives the value of one by its name.
    ///
    /// An empty variable sets nothing.
    ///
    /// # Errors
    /// Every variable whose text is not accepted.
    pub fn from_environment(
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Parsed<(Self, RunOptions)>, Problems> {
        let mut findings = Findings::default();
        let (mut options, mut run) = (Self::default(), RunOptions::default());
        for variable in VARIABLES {
            let name = variable.name;
            let Some(text) = read(name).filter(|text| !text.is_empty()) else {
                continue;
            };
            let source = Source::Variable(name);
            let result = match variable.sets {
                Sets::Test(setting) => options.set_text(setting, &text, source),
                Sets::Run(setting) => run.set_text(setting, &text, name),
                Sets::Nothing(instead) => {
                    findings.warn(format!("the variable {name} has no effect; use {instead}"));
                    Ok(())
                }
            };
            findings.problems.extend(result.err());
        }
        let warnings = findings.warnings;
        let options = (options, run);
        Problems::or(findings.problems, Parsed { options, warnings })
    }
}

impl RunOptions {
    /// Sets an option from the text of a variable.
    fn set_text(&mut self, setting: RunSetting, text: &str, name: &str) -> Result<(), Problem> {
        // These two are read with the options of the test, the others before them.
        let exit_code = match setting {
            RunSetting::Linger | RunSetting::NoUsageReport => EXIT_CONFIGURATION,
            _ => EXIT_USAGE,
        };
        let problem = |what| Problem {
            field: name.to_owned(),
            what,
            exit_code,
        };
        let yes = || boolean(text, Source::Flag(name)).map(Some).map_err(problem);
        if let Some(accepted) = setting.accepted()
            && !accepted.contains(&text)
        {
            let accepted = accepted.join(", ");
            return Err(problem(format!(
                "{text:?} is not accepted; accepted are {accepted}"
            )));
        }
        let text = || Some(text.to_owned());
        match setting {
            RunSetting::Out => {
                let outputs = text().map(|all| all.split(',').map(str::to_owned).collect());
                self.out = outputs;
            }
            RunSetting::Linger => self.linger = yes()?,
            RunSetting::NoUsageReport => self.no_usage_report = yes()?,
            RunSetting::NoThresholds => self.no_thresholds = yes()?,
            RunSetting::SummaryMode => self.summary_mode = text(),
            RunSetting::SummaryExport => self.summary_export = text(),
            RunSetting::NewMachineReadableSummary => self.new_machine_readable_summary = yes()?,
            RunSetting::IncludeSystemEnvVars => self.include_system_env_vars = yes()?,
            RunSetting::CompatibilityMode => self.compatibility_mode = text(),
            RunSetting::TestType => self.test_type = text(),
            RunSetting::TracesOutput => self.traces_output = text(),
            // Its presence counts, whatever it says.
            RunSetting::NoColor => self.no_color = Some(true),
            RunSetting::LogOutput => self.log_output = text(),
            RunSetting::LogFormat => self.log_format = text(),
            RunSetting::Config => self.config = text(),
            RunSetting::Address => self.address = text(),
        }
        Ok(())
    }
}

/// A variable says `true` or `false`; a flag has more ways to say it.
fn boolean(text: &str, source: Source<'_>) -> Result<bool, String> {
    let is_flag = matches!(source, Source::Flag(_));
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        "1" | "t" | "T" | "TRUE" | "True" if is_flag => Ok(true),
        "0" | "f" | "F" | "FALSE" | "False" if is_flag => Ok(false),
        _ => Err(format!(
            "{text:?} is not accepted; accepted are true and false"
        )),
    }
}

fn integer(text: &str) -> Result<i64, String> {
    let number = text.parse();
    number.map_err(|_| format!("{text:?} is not accepted; accepted is a whole number"))
}

/// A duration; a flag wants hours, minutes and seconds with their units.
fn span(text: &str, source: Source<'_>) -> Result<Span, String> {
    if matches!(source, Source::Flag(_)) {
        return span_with_unit(text);
    }
    Span::parse(text).map_err(|error| error.to_string())
}

fn span_with_unit(text: &str) -> Result<Span, String> {
    let has_unit = text.ends_with(['s', 'm', 'h']) || text == "0";
    if !has_unit || text.contains('d') {
        return Err(format!(
            "{text:?} is no duration with units; accepted are durations such as \"1h30m\", \"10s\" \
             and \"500ms\""
        ));
    }
    Span::parse(text).map_err(|error| error.to_string())
}

/// Adds the parts between commas to a list, all or none.
fn extend<T>(
    list: &mut Option<Vec<T>>,
    text: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<(), String> {
    let parts: Result<Vec<T>, String> = text.split(',').map(parse).collect();
    let parts = parts?;
    list.get_or_insert_default().extend(parts);
    Ok(())
}

/// `10s:5`; a stage without `:5` has no target, which is found when the stages are checked.
fn stage(text: &str) -> Result<Stage, String> {
    let (duration, target) = text.split_once(':').unwrap_or((text, ""));
    if duration.is_empty() {
        return Err(format!(
            "{text:?} has no duration; accepted are stages such as \"10s:5\""
        ));
    }
    Ok(Stage {
        duration: Some(span_with_unit(duration)?),
        target: (!target.is_empty()).then(|| integer(target)).transpose()?,
    })
}

fn ip_range(text: &str) -> Result<IpRange, String> {
    IpRange::parse(text).ok_or_else(|| {
        format!("{text:?} is no range of addresses; accepted are ranges such as \"10.0.0.0/8\"")
    })
}

fn blocked_host(text: &str) -> Result<BlockedHost, String> {
    BlockedHost::parse(text)
        .ok_or_else(|| format!("{text:?} is no pattern of names; {}", BlockedHost::ACCEPTED))
}

/// `ttl=5m,select=random,policy=any`, any of them.
fn dns(text: &str) -> Result<Dns, String> {
    let mut dns = Dns::default();
    for part in text.split(',') {
        match part.split_once('=') {
            Some(("ttl", value)) => {
                Dns::parse_ttl(value)?;
                dns.ttl = Some(value.to_owned());
            }
            Some(("select", value)) => {
                let select = DnsSelect::from_name(value);
                dns.select = Some(select.ok_or_else(|| format!("{value:?}: {}", Dns::SELECTS))?);
            }
            Some(("policy", value)) => {
                let policy = DnsPolicy::from_name(value);
                dns.policy = Some(policy.ok_or_else(|| format!("{value:?}: {}", Dns::POLICIES))?);
            }
            _ => {
                return Err(format!(
                    "{part:?} is not accepted; accepted are ttl=DURATION, select=HOW and \
                     policy=WHICH, with commas between them"
                ));
            }
        }
    }
    Ok(dns)
}

/// A wrong time to live is found later than other problems, and has another exit code.
fn has_bad_ttl(text: &str) -> bool {
    let mut ttls = text.split(',').filter_map(|part| part.strip_prefix("ttl="));
    ttls.any(|ttl| Dns::parse_ttl(ttl).is_err())
}

fn time_unit(text: &str, source: Source<'_>) -> Result<String, String> {
    if matches!(source, Source::Flag(_)) && !matches!(text, "s" | "ms" | "us") {
        return Err(format!(
            "{text:?} is no unit of time; accepted are s, ms and us"
        ));
    }
    Ok(text.to_owned())
}

/// Names that do not exist are left out.
fn system_tags(text: &str) -> BTreeSet<SystemTag> {
    text.split(',')
        .filter_map(|name| SystemTag::from_name(name.trim()))
        .collect()
}

/// One `name=value` of a flag, or `name:value,name:value` of a variable.
fn tags(text: &str, source: Source<'_>) -> Result<BTreeMap<String, String>, String> {
    let pair = |text: &str, separator: char| match text.split_once(separator) {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err(format!(
            "{text:?} is no tag; accepted is name{separator}value, neither of them empty"
        )),
    };
    match source {
        Source::Flag(_) => Ok(BTreeMap::from([pair(text, '=')?])),
        Source::Variable(_) => text.split(',').map(|part| pair(part, ':')).collect(),
    }
}

/// Addresses, `first-last` and ranges, with commas between them; kept as text.
fn ip_pool(text: &str) -> Result<String, String> {
    for part in text.split(',') {
        let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
        let is_span = || {
            part.split_once('-')
                .is_some_and(|(first, last)| is_address(first) && is_address(last))
        };
        if !is_address(part) && !is_span() && IpRange::parse(part).is_none() {
            return Err(format!(
                "{part:?} is not accepted; accepted are addresses such as \"10.0.0.1\", \
                 \"10.0.0.1-10.0.0.9\" and \"10.0.0.0/24\""
            ));
        }
    }
    Ok(text.to_owned())
}
