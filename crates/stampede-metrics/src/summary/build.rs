//! Computes a summary from what was recorded.

use std::collections::HashMap;

use super::collate::compare_names;
use super::stats::{TrendFigure, figures_of};
use super::{
    MetricSummary, RuleFigure, RuleSummary, RunFacts, RunSummary, SectionSummary, SubmetricSummary,
    SummaryOptions, Values,
};
use crate::checks::{Check, GROUP_SEPARATOR};
use crate::kind::{Contains, MetricKind};
use crate::plan::{MetricPlan, SeriesId};
use crate::recorder::Sinks;
use crate::registry::Metric;
use crate::scopes::{Scope, Scopes};
use crate::sink::Sink;
use crate::threshold::{Expression, Method, Operator, Stage, Verdict, judge};

/// Setup and teardown run in groups of these names, which the full text does not count as such.
const STAGE_GROUPS: [&str; 2] = ["::setup", "::teardown"];

impl RunSummary {
    /// Sums up a run that has ended.
    #[must_use]
    pub fn new(
        plan: &MetricPlan,
        sinks: &Sinks,
        facts: RunFacts,
        options: SummaryOptions,
    ) -> RunSummary {
        let verdict = judge(plan.thresholds(), sinks, facts.duration, Stage::Ended);
        let build = Build {
            plan,
            verdict: &verdict,
            elapsed_s: facts.duration.as_secs_f64(),
            options: &options,
        };
        let (groups, scenarios) = match sinks.scopes() {
            Some(scopes) => build.sections(scopes, facts.has_named_scenarios),
            None => (Vec::new(), Vec::new()),
        };
        RunSummary {
            metrics: build.metrics(sinks),
            checks: by_name(sinks.checks().list()),
            root_group: sinks.checks().tree(),
            groups,
            scenarios,
            facts,
            options,
        }
    }
}

struct Build<'a> {
    plan: &'a MetricPlan,
    verdict: &'a Verdict,
    elapsed_s: f64,
    options: &'a SummaryOptions,
}

impl Build<'_> {
    /// The metrics that have samples, or a threshold on them or on a part of them.
    fn metrics(&self, sinks: &Sinks) -> Vec<MetricSummary> {
        let mut metrics: Vec<MetricSummary> = Vec::new();
        for metric in self.plan.registry().metrics() {
            let empty = Sink::new(metric.kind);
            let sink = sinks.metric(metric.id).unwrap_or(&empty);
            let mut summary = self.metric(&metric.name, &metric, sink, SeriesId::Metric(metric.id));
            for submetric in self.plan.submetrics_of(metric.id) {
                let series = SeriesId::Submetric(submetric.id);
                let sink = sinks.series(series).unwrap_or(&empty);
                let part = self.metric(&submetric.name, &metric, sink, series);
                if part.is_named || !sink.is_empty() {
                    summary.submetrics.push(SubmetricSummary {
                        suffix: submetric.selector.suffix.clone(),
                        metric: part,
                    });
                }
            }
            if summary.is_named || !sink.is_empty() || !summary.submetrics.is_empty() {
                summary
                    .submetrics
                    .sort_by(|a, b| compare_names(&a.metric.name, &b.metric.name));
                metrics.push(summary);
            }
        }
        metrics.sort_by(|a, b| compare_names(&a.name, &b.name));
        metrics
    }

    fn metric(&self, name: &str, metric: &Metric, sink: &Sink, series: SeriesId) -> MetricSummary {
        let threshold_idx = self
            .plan
            .thresholds()
            .iter()
            .position(|threshold| threshold.series == series);
        let thresholds = threshold_idx.map_or_else(Vec::new, |idx| self.rules(idx, sink));
        MetricSummary {
            name: name.to_owned(),
            contains: metric.contains,
            values: self.values(sink),
            thresholds,
            is_named: threshold_idx.is_some(),
            submetrics: Vec::new(),
        }
    }

    fn rules(&self, threshold_idx: usize, sink: &Sink) -> Vec<RuleSummary> {
        let rules = &self.plan.thresholds()[threshold_idx].rules;
        let verdicts = &self.verdict.thresholds[threshold_idx].rules;
        let pairs = rules.iter().zip(verdicts);
        pairs
            .map(|(rule, verdict)| self.rule(&rule.expression, verdict.ok, sink))
            .collect()
    }

    fn rule(&self, expression: &Expression, ok: bool, sink: &Sink) -> RuleSummary {
        let source = expression.source.clone();
        if expression.operator == Operator::NotEqual {
            // The text cuts such an expression at its `=` and takes what is before it for the
            // method, which no metric has: it shows what the metric is usually judged by.
            return RuleSummary {
                method: source
                    .split('=')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
                source,
                ok,
                figure: match sink.kind() {
                    MetricKind::Counter | MetricKind::Rate => self.rule_figure(Method::Rate, sink),
                    MetricKind::Gauge => self.rule_figure(Method::Value, sink),
                    MetricKind::Trend => None,
                },
            };
        }
        RuleSummary {
            source,
            ok,
            method: expression.method_source.clone(),
            figure: self.rule_figure(expression.method, sink),
        }
    }

    /// The figure that a rule is about. The text shows those of a trend that the summary shows
    /// anyway, and any percentile.
    fn rule_figure(&self, method: Method, sink: &Sink) -> Option<RuleFigure> {
        let wanted = match method {
            Method::Avg => Some(TrendFigure::Avg),
            Method::Min => Some(TrendFigure::Min),
            Method::Max => Some(TrendFigure::Max),
            Method::Med => Some(TrendFigure::Med),
            Method::Count | Method::Rate | Method::Value | Method::Percentile(_) => None,
        };
        let stats = &self.options.trend_stats;
        if wanted.is_some_and(|figure| stats.iter().all(|stat| stat.figure != figure)) {
            return None;
        }
        let value = method.figure_of(sink, self.elapsed_s)?;
        Some(match (method, sink.kind()) {
            (Method::Rate, MetricKind::Counter) => RuleFigure::PerSecond(value),
            (Method::Rate, _) => RuleFigure::Share(value),
            _ => RuleFigure::Value(value),
        })
    }

    fn values(&self, sink: &Sink) -> Values {
        match sink {
            Sink::Counter(counter) => Values::Counter {
                count: counter.value,
                rate: counter.per_second(self.elapsed_s),
            },
            Sink::Gauge(gauge) => Values::Gauge {
                value: gauge.value,
                min: gauge.min,
                max: gauge.max,
            },
            Sink::Rate(rate) => Values::Rate {
                rate: rate.share(),
                passes: rate.trues,
                fails: rate.falses(),
            },
            Sink::Trend(trend) => {
                let stats = &self.options.trend_stats;
                let wanted: Vec<TrendFigure> = stats.iter().map(|stat| stat.figure).collect();
                let figures = figures_of(trend, &wanted);
                let names = stats.iter().map(|stat| stat.name.clone());
                Values::Trend(names.zip(figures).collect())
            }
        }
    }

    /// Groups outside of scenarios, and the scenarios.
    fn sections(
        &self,
        scopes: &Scopes,
        has_named_scenarios: bool,
    ) -> (Vec<SectionSummary>, Vec<SectionSummary>) {
        let mut groups = Vec::new();
        let mut scenarios = Vec::new();
        for name in scopes.scenarios() {
            let scopes = scopes.of_scenario(name);
            let tree = self.groups_of(&scopes);
            if name.is_empty() || !has_named_scenarios {
                groups.extend(tree);
                continue;
            }
            let mut all: Option<Scope> = None;
            for (_, scope) in &scopes {
                match &mut all {
                    Some(all) => all.merge(scope),
                    None => all = Some((*scope).clone()),
                }
            }
            let mut section = self.section(name, all.as_ref());
            section.groups = tree;
            scenarios.push(section);
        }
        (groups, scenarios)
    }

    /// The groups of one scenario as a tree, each in first-seen order.
    fn groups_of(&self, scopes: &[(&str, &Scope)]) -> Vec<SectionSummary> {
        let mut root = self.section("", None);
        for &(path, scope) in scopes {
            let Some(names) = path.strip_prefix(GROUP_SEPARATOR) else {
                continue;
            };
            if names.is_empty() || STAGE_GROUPS.contains(&path) {
                continue;
            }
            let mut section = &mut root;
            for name in names.split(GROUP_SEPARATOR) {
                let idx = match section.groups.iter().position(|group| group.name == name) {
                    Some(idx) => idx,
                    None => {
                        section.groups.push(self.section(name, None));
                        section.groups.len() - 1
                    }
                };
                section = &mut section.groups[idx];
            }
            let filled = self.section(&section.name, Some(scope));
            section.metrics = filled.metrics;
            section.checks = filled.checks;
        }
        root.groups
    }

    fn section(&self, name: &str, scope: Option<&Scope>) -> SectionSummary {
        let mut metrics = Vec::new();
        for (idx, sink) in scope.into_iter().flat_map(Scope::metrics) {
            let Some(metric) = self.plan.registry().metric_at(idx) else {
                continue;
            };
            metrics.push(MetricSummary {
                values: self.values(sink),
                thresholds: Vec::new(),
                is_named: false,
                submetrics: Vec::new(),
                contains: if metric.kind == MetricKind::Rate {
                    Contains::Default
                } else {
                    metric.contains
                },
                name: metric.name,
            });
        }
        metrics.sort_by(|a, b| compare_names(&a.name, &b.name));
        SectionSummary {
            name: name.to_owned(),
            metrics,
            checks: scope.map_or_else(Vec::new, |scope| by_name(scope.checks().list())),
            groups: Vec::new(),
        }
    }
}

/// Adds up the checks of one name, whatever their groups, in first-seen order.
fn by_name(checks: Vec<Check>) -> Vec<Check> {
    let mut place: HashMap<String, usize> = HashMap::new();
    let mut all: Vec<Check> = Vec::new();
    for check in checks {
        match place.get(&check.name) {
            Some(&idx) => {
                all[idx].passes += check.passes;
                all[idx].fails += check.fails;
            }
            None => {
                place.insert(check.name.clone(), all.len());
                all.push(check);
            }
        }
    }
    all
}
