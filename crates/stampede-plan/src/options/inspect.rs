//! Options as JSON, in the fields and the order that tools which read it know.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::Value;

use super::read::FIELDS;
use super::scenario::COMMON_KEYS;
use super::{Options, ScenarioOptions, Threshold, TlsAuth, TlsVersions};

/// A JSON value whose objects keep the order of their keys.
enum Node {
    Plain(Value),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::List(list) => list.serialize(serializer),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl Node {
    /// A value that is no object with an order of its own.
    fn plain(value: &(impl Serialize + ?Sized)) -> Self {
        Self::Plain(serde_json::to_value(value).unwrap_or_default())
    }

    fn object<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Object(fields.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// Nothing or a list of what `node` makes.
    fn list<T>(list: Option<&Vec<T>>, node: impl Fn(&T) -> Self) -> Self {
        list.map_or(Self::Plain(Value::Null), |list| {
            Self::List(list.iter().map(node).collect())
        })
    }

    /// Nothing or an object of what `node` makes, by name.
    fn map<T>(
        map: Option<&std::collections::BTreeMap<String, T>>,
        node: impl Fn(&T) -> Self,
    ) -> Self {
        map.map_or(Self::Plain(Value::Null), |map| {
            Self::Object(
                map.iter()
                    .map(|(key, value)| (key.clone(), node(value)))
                    .collect(),
            )
        })
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Plain(Value::Null))
    }
}

impl Options {
    /// The options as JSON text, indented by two, without a line end.
    ///
    /// `more` is added at the end: the total duration and the most users, when they are asked for.
    #[must_use]
    pub fn to_json(&self, more: &[(&str, Value)]) -> String {
        let mut fields = Vec::new();
        for key in FIELDS {
            let node = self.node(key);
            // The options of other programs are only shown when there are some.
            if *key != "cloud" || !node.is_null() {
                fields.push(((*key).to_owned(), node));
            }
        }
        for (key, value) in more {
            fields.push(((*key).to_owned(), Node::Plain(value.clone())));
        }
        let text = serde_json::to_string_pretty(&Node::Object(fields)).unwrap_or_default();
        escaped(&text)
    }

    fn node(&self, key: &str) -> Node {
        match key {
            "paused" => Node::plain(&self.paused),
            "vus" => Node::plain(&self.vus),
            "duration" => Node::plain(&self.duration),
            "iterations" => Node::plain(&self.iterations),
            "stages" => Node::list(self.stages.as_ref(), stage),
            "scenarios" => Node::map(self.scenarios.as_ref(), ScenarioOptions::node),
            "executionSegment" => {
                Node::plain(&self.execution_segment.map(|segment| segment.to_string()))
            }
            "executionSegmentSequence" => {
                let sequence = self.execution_segment_sequence.as_ref();
                Node::plain(&sequence.map(ToString::to_string))
            }
            "noSetup" => Node::plain(&self.no_setup),
            "setupTimeout" => Node::plain(&self.setup_timeout),
            "noTeardown" => Node::plain(&self.no_teardown),
            "teardownTimeout" => Node::plain(&self.teardown_timeout),
            "handleSummaryTimeout" => Node::plain(&self.handle_summary_timeout),
            "rps" => Node::plain(&self.rps),
            "dns" => Node::object([
                ("ttl", Node::plain(&self.dns.ttl)),
                ("select", Node::plain(&self.dns.select)),
                ("policy", Node::plain(&self.dns.policy)),
            ]),
            "maxRedirects" => Node::plain(&self.max_redirects),
            "userAgent" => Node::plain(&self.user_agent),
            "batch" => Node::plain(&self.batch),
            "batchPerHost" => Node::plain(&self.batch_per_host),
            "httpDebug" => Node::plain(&self.http_debug),
            "insecureSkipTLSVerify" => Node::plain(&self.insecure_skip_tls_verify),
            "tlsCipherSuites" => Node::plain(&self.tls_cipher_suites),
            "tlsVersion" => self
                .tls_version
                .map_or(Node::Plain(Value::Null), tls_versions),
            "tlsAuth" => Node::list(self.tls_auth.as_ref(), tls_auth),
            "throw" => Node::plain(&self.throw),
            "thresholds" => Node::map(self.thresholds.as_ref(), |list| {
                Node::List(list.iter().map(threshold).collect())
            }),
            "blacklistIPs" => Node::list(self.blacklist_ips.as_ref(), |range| {
                Node::plain(&range.to_string())
            }),
            "blockHostnames" => Node::list(self.block_hostnames.as_ref(), |host| {
                Node::plain(host.pattern())
            }),
            "hosts" => Node::map(self.hosts.as_ref(), |address| {
                Node::plain(&address.to_string())
            }),
            "noConnectionReuse" => Node::plain(&self.no_connection_reuse),
            "noVUConnectionReuse" => Node::plain(&self.no_vu_connection_reuse),
            "minIterationDuration" => Node::plain(&self.min_iteration_duration),
            "cloud" => Node::plain(&self.cloud),
            "ext" => Node::plain(&self.ext),
            "summaryTrendStats" => Node::plain(&self.summary_trend_stats),
            "summaryTimeUnit" => Node::plain(&self.summary_time_unit),
            "systemTags" => Node::plain(&self.system_tags.as_ref().filter(|tags| !tags.is_empty())),
            "tags" => Node::plain(&self.tags),
            "metricSamplesBufferSize" => Node::plain(&self.metric_samples_buffer_size),
            "noCookiesReset" => Node::plain(&self.no_cookies_reset),
            "discardResponseBodies" => Node::plain(&self.discard_response_bodies),
            "features" => Node::plain(&self.features),
            key => unreachable!("{key} is in FIELDS and written above"),
        }
    }
}

impl ScenarioOptions {
    fn node(&self) -> Node {
        let keys = COMMON_KEYS.iter().chain(self.executor.own_keys());
        let mut fields = Vec::new();
        for key in keys {
            let node = self.field(key);
            if *key != "options" || !node.is_null() {
                fields.push(((*key).to_owned(), node));
            }
        }
        Node::Object(fields)
    }

    fn field(&self, key: &str) -> Node {
        match key {
            "executor" => Node::plain(&self.executor),
            "startTime" => Node::plain(&self.start_time),
            "gracefulStop" => Node::plain(&self.graceful_stop),
            "env" => Node::plain(&self.env),
            "exec" => Node::plain(&self.exec),
            "tags" => Node::plain(&self.tags),
            "options" => Node::plain(&self.options),
            "vus" => Node::plain(&self.vus),
            "iterations" => Node::plain(&self.iterations),
            "maxDuration" => Node::plain(&self.max_duration),
            "duration" => Node::plain(&self.duration),
            "startVUs" => Node::plain(&self.start_vus),
            "stages" => Node::list(self.stages.as_ref(), stage),
            "gracefulRampDown" => Node::plain(&self.graceful_ramp_down),
            "rate" => Node::plain(&self.rate),
            "startRate" => Node::plain(&self.start_rate),
            "timeUnit" => Node::plain(&self.time_unit),
            "preAllocatedVUs" => Node::plain(&self.pre_allocated_vus),
            "maxVUs" => Node::plain(&self.max_vus),
            key => unreachable!("{key} is a key of scenarios and written above"),
        }
    }
}

fn stage(stage: &super::Stage) -> Node {
    Node::object([
        ("duration", Node::plain(&stage.duration)),
        ("target", Node::plain(&stage.target)),
    ])
}

fn tls_versions(versions: TlsVersions) -> Node {
    let name = |version: Option<super::TlsVersion>| {
        Node::plain(version.map_or("", super::TlsVersion::name))
    };
    Node::object([("min", name(versions.min)), ("max", name(versions.max))])
}

fn tls_auth(auth: &TlsAuth) -> Node {
    Node::object([
        ("cert", Node::plain(&auth.cert)),
        ("key", Node::plain(&auth.key)),
        ("password", Node::plain(&auth.password)),
        ("domains", Node::plain(&auth.domains)),
    ])
}

/// A threshold that cannot end the test is its expression alone.
fn threshold(threshold: &Threshold) -> Node {
    if !threshold.abort_on_fail {
        return Node::plain(&threshold.expression);
    }
    Node::object([
        ("threshold", Node::plain(&threshold.expression)),
        ("abortOnFail", Node::plain(&true)),
        ("delayAbortEval", Node::plain(&threshold.delay_abort_eval)),
    ])
}

/// The characters that would end a script element, and two that end lines, as escapes.
///
/// They only occur within texts, where an escape means the same.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
    text
}
