//! `--out json`: one line per sample, and before the first of a metric one that defines it.

use std::io::Write as _;
use std::sync::Arc;

use super::moment::{rfc3339_ns, script_duration};
use crate::plan::{MetricPlan, SeriesId};
use crate::registry::{Metric, MetricId};
use crate::sample::Sample;
use crate::summary::script_number;

/// Writes samples as JSON lines.
#[derive(Debug)]
pub struct JsonWriter {
    plan: Arc<MetricPlan>,
    /// The metrics that were defined already, by id.
    names: Vec<Option<String>>,
}

impl JsonWriter {
    /// Makes a writer for a run.
    #[must_use]
    pub fn new(plan: Arc<MetricPlan>) -> JsonWriter {
        JsonWriter {
            plan,
            names: Vec::new(),
        }
    }

    /// Appends a sample, and before it the definition of its metric if that is new.
    pub fn write(&mut self, sample: &Sample, out: &mut Vec<u8>) {
        self.define(sample.metric, out);
        let name = self.names[sample.metric.idx()]
            .as_deref()
            .unwrap_or_default();
        out.extend_from_slice(b"{\"metric\":");
        text(name, out);
        out.extend_from_slice(b",\"type\":\"Point\",\"data\":{\"time\":");
        text(&rfc3339_ns(sample.time), out);
        out.extend_from_slice(b",\"value\":");
        out.extend_from_slice(script_number(sample.value).as_bytes());
        out.extend_from_slice(b",\"tags\":");
        object(&sample.tags.tags, out);
        if !sample.tags.metadata.is_empty() {
            out.extend_from_slice(b",\"metadata\":");
            object(&sample.tags.metadata, out);
        }
        out.extend_from_slice(b"}}\n");
    }

    fn define(&mut self, id: MetricId, out: &mut Vec<u8>) {
        if self.names.len() <= id.idx() {
            self.names.resize(id.idx() + 1, None);
        }
        if self.names[id.idx()].is_some() {
            return;
        }
        let metric = self.plan.registry().metric(id);
        out.extend_from_slice(b"{\"type\":\"Metric\",\"data\":{\"name\":");
        text(&metric.name, out);
        write!(
            out,
            ",\"type\":\"{}\",\"contains\":\"{}\",\"thresholds\":[",
            metric.kind.as_str(),
            metric.contains.as_str()
        )
        .expect("writing to memory cannot fail");
        self.rules(id, out);
        out.extend_from_slice(b"],\"submetrics\":");
        self.submetrics(&metric, out);
        out.extend_from_slice(b"},\"metric\":");
        text(&metric.name, out);
        out.extend_from_slice(b"}\n");
        self.names[id.idx()] = Some(metric.name);
    }

    fn rules(&self, id: MetricId, out: &mut Vec<u8>) {
        let threshold = self.plan.threshold_on(SeriesId::Metric(id));
        let rules = threshold.into_iter().flat_map(|threshold| &threshold.rules);
        for (idx, rule) in rules.enumerate() {
            comma(idx, out);
            if !rule.abort_on_fail {
                text(&rule.expression.source, out);
                continue;
            }
            out.extend_from_slice(b"{\"threshold\":");
            text(&rule.expression.source, out);
            out.extend_from_slice(b",\"abortOnFail\":true,\"delayAbortEval\":");
            if rule.delay_abort_eval.is_zero() {
                out.extend_from_slice(b"null");
            } else {
                text(&script_duration(rule.delay_abort_eval), out);
            }
            out.push(b'}');
        }
    }

    fn submetrics(&self, metric: &Metric, out: &mut Vec<u8>) {
        let mut submetrics = self.plan.submetrics_of(metric.id).enumerate().peekable();
        if submetrics.peek().is_none() {
            out.extend_from_slice(b"null");
            return;
        }
        out.push(b'[');
        for (idx, submetric) in submetrics {
            comma(idx, out);
            out.extend_from_slice(b"{\"name\":");
            text(&submetric.name, out);
            out.extend_from_slice(b",\"suffix\":");
            text(&submetric.selector.suffix, out);
            out.extend_from_slice(b",\"tags\":");
            object(&submetric.selector.tags, out);
            out.push(b'}');
        }
        out.push(b']');
    }
}

fn object<T: AsRef<str>>(pairs: &[(T, T)], out: &mut Vec<u8>) {
    out.push(b'{');
    for (idx, (name, value)) in pairs.iter().enumerate() {
        comma(idx, out);
        text(name.as_ref(), out);
        out.push(b':');
        text(value.as_ref(), out);
    }
    out.push(b'}');
}

fn comma(idx: usize, out: &mut Vec<u8>) {
    if idx > 0 {
        out.push(b',');
    }
}

/// Appends a string in quotes. Two line ends of Unicode are escaped, too: some readers that
/// evaluate lines as scripts trip over them.
fn text(text: &str, out: &mut Vec<u8>) {
    let is_line_end = |c| c == '\u{2028}' || c == '\u{2029}';
    if !text.contains(is_line_end) {
        serde_json::to_writer(out, text).expect("a string can always be written to memory");
        return;
    }
    let json = serde_json::to_string(text).expect("a string can always be written to memory");
    let json = json.replace('\u{2028}', "\\u2028");
    out.extend_from_slice(json.replace('\u{2029}', "\\u2029").as_bytes());
}
