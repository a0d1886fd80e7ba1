//! What a race is: who asks for what, how often, and which answers mean what.
//!
//! Invariant: checking a plan changes nothing and reports every problem at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::statuses::StatusSet;
use super::template::{Fill, Template};
use crate::wire::{Trust, Url};

/// The most clients of one race.
pub const CLIENTS_MAX: u32 = 10_000;
/// The most resources of one race.
pub const RESOURCES_MAX: usize = 100_000;
/// The most requests of one race; each is kept in memory until it is judged.
pub const REQUESTS_MAX: u64 = 250_000;
/// The most races of one run.
pub const REPEAT_MAX: u32 = 1_000;
/// The longest id of a resource, in bytes.
pub const ID_BYTES_MAX: usize = 256;

/// Methods of the calls beside a race.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Whether requests with this method usually have a body.
pub(super) fn takes_body(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

/// How the requests are set off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// [`Release::Burst`] if there are descriptors and ports for it, else [`Release::Walk`].
    Auto,
    /// Every request on its own connection, all at one instant.
    Burst,
    /// Every client on its own connection; all start at one instant and ask for one resource after
    /// the other, in the same order, so that they keep meeting.
    Walk,
    /// Every client on its own connection; all are set off together at the first resource, and
    /// again at the next one when every answer is there.
    Rounds,
}

/// A single request beside the race: a reset before it, or a look at why nobody won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The method, in capitals.
    pub method: String,
    /// The absolute URL, with places to fill.
    pub url: String,
    /// The body, with places to fill.
    pub body: Option<String>,
}

/// A race to be run. Texts may hold `{resource}`, `{client}` (from 1) and `{uuid}`.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many clients want each resource.
    pub clients: u32,
    /// The ids of the resources.
    pub resources: Vec<String>,
    /// The method, in capitals.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// Headers beside `Host`, `Content-Length`, `User-Agent` and, with a body, `Content-Type`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// The statuses of a winner.
    pub won: StatusSet,
    /// The statuses of a loser.
    pub lost: StatusSet,
    /// How the requests are set off.
    pub release: Release,
    /// How many races to run one after the other.
    pub repeat: u32,
    /// Sent before each race; once per resource if it names `{resource}`, else once.
    pub reset: Option<Call>,
    /// Asked for a resource that nobody won. Without it the race's request is sent once more for
    /// such a resource, but only if its method is GET, HEAD or OPTIONS or there is a reset, which
    /// is then sent after it.
    pub why: Option<Call>,
    /// The 95th percentile over winners and losers must not be above this.
    pub p95_max: Option<Duration>,
    /// How long a request may take.
    pub timeout: Duration,
    /// Which certificates an `https` server may show.
    pub trust: Trust,
}

impl Plan {
    /// A race of 100 clients for one resource, the id `1`, with the usual statuses.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Plan {
        Plan {
            clients: 100,
            resources: numbered(1),
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: None,
            won: "200,201".parse().expect("a constant in the right syntax"),
            lost: "400,409,423"
                .parse()
                .expect("a constant in the right syntax"),
            release: Release::Auto,
            repeat: 1,
            reset: None,
            why: None,
            p95_max: None,
            timeout: Duration::from_secs(30),
            trust: Trust::System,
        }
    }

    /// Requests of one race.
    #[must_use]
    pub fn requests_per_race(&self) -> u64 {
        u64::from(self.clients) * self.resources.len() as u64
    }

    /// Everything that is wrong with this plan, each in a sentence; empty if it can be run.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        self.size_problems(&mut problems);
        call_problems("--url", &self.method, &self.url, &mut problems);
        for (option, call) in [("--reset", &self.reset), ("--why", &self.why)] {
            if let Some(call) = call {
                call_problems(option, &call.method, &call.url, &mut problems);
                if !METHODS.contains(&call.method.as_str()) {
                    problems.push(format!(
                        "{option}: there is no method '{}'; there are {}",
                        call.method,
                        METHODS.join(", ")
                    ));
                }
            }
        }
        for (name, value) in &self.headers {
            header_problems(name, value, &mut problems);
        }
        if let Some(status) = self.won.overlap(&self.lost) {
            problems.push(format!(
                "status {status} is in --won and in --lost: it can mean one only"
            ));
        }
        if self.resources.len() > 1 && !self.names_resource() {
            problems.push(format!(
                "{} resources, but neither the URL nor the body nor a header says {{resource}}: \
                 every request would be the same",
                self.resources.len()
            ));
        }
        if self.timeout.is_zero() {
            problems.push("--timeout 0 leaves no time for an answer".to_owned());
        }
        problems
    }

    fn size_problems(&self, problems: &mut Vec<String>) {
        if !(2..=CLIENTS_MAX).contains(&self.clients) {
            problems.push(format!(
                "--clients {} is outside 2 to {CLIENTS_MAX}: a race needs at least two",
                self.clients
            ));
        }
        if self.resources.is_empty() || self.resources.len() > RESOURCES_MAX {
            problems.push(format!(
                "{} resources is outside 1 to {RESOURCES_MAX}",
                self.resources.len()
            ));
        }
        if self.requests_per_race() > REQUESTS_MAX {
            problems.push(format!(
                "{} clients x {} resources are more than {REQUESTS_MAX} requests; use fewer of either",
                self.clients,
                self.resources.len()
            ));
        }
        if !(1..=REPEAT_MAX).contains(&self.repeat) {
            problems.push(format!(
                "--repeat {} is outside 1 to {REPEAT_MAX}",
                self.repeat
            ));
        }
        if let Some(id) = self
            .resources
            .iter()
            .find(|id| id.is_empty() || id.len() > ID_BYTES_MAX)
        {
            problems.push(format!(
                "a resource id has {} bytes, not 1 to {ID_BYTES_MAX}",
                id.len()
            ));
        }
        if self
            .resources
            .iter()
            .any(|id| id.contains(char::is_control))
        {
            problems.push("a resource id holds a control character".to_owned());
        }
        let mut sorted: Vec<&String> = self.resources.iter().collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            problems.push(format!("the resource id '{}' is given twice", pair[0]));
        }
    }

    /// How a resource is called in a sentence; its id means nothing if no request says it.
    pub(super) fn label(&self, id: &str) -> String {
        if self.names_resource() {
            format!("resource {id}")
        } else {
            "the resource".to_owned()
        }
    }

    pub(super) fn names_resource(&self) -> bool {
        let texts = [Some(&self.url), self.body.as_ref()];
        let headers = self.headers.iter().map(|(_, value)| value);
        texts
            .into_iter()
            .flatten()
            .chain(headers)
            .any(|text| text.contains("{resource}"))
    }

    /// The URL's server, as in `http://127.0.0.1:8000`, if the URL is one.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        split_url(&self.url)
            .and_then(|(origin, _)| Url::parse(origin).ok())
            .map(|url| url.origin())
    }
}

impl Call {
    /// Reads `METHOD URL`, as in `POST http://127.0.0.1:8000/api/cancel-booking/`.
    #[must_use]
    pub fn parse(text: &str, body: Option<String>) -> Option<Call> {
        let (method, url) = text.trim().split_once(char::is_whitespace)?;
        Some(Call {
            method: method.to_ascii_uppercase(),
            url: url.trim().to_owned(),
            body,
        })
    }
}

/// The ids `1` to `count`.
#[must_use]
pub fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|id| id.to_string()).collect()
}

/// Splits a URL template into its origin and its path, which alone may have places to fill.
pub(super) fn split_url(url: &str) -> Option<(&str, &str)> {
    let after_scheme = url.find("://")? + 3;
    let path_idx = url[after_scheme..]
        .find(['/', '?'])
        .map_or(url.len(), |path_idx| after_scheme + path_idx);
    Some(url.split_at(path_idx))
}

fn call_problems(option: &str, method: &str, url: &str, problems: &mut Vec<String>) {
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        problems.push(format!("{option}: '{method}' is not an HTTP method"));
    }
    if url.is_empty() {
        problems.push(format!("{option}: the URL is missing"));
        return;
    }
    let fill = Fill {
        resource: "1",
        client: 1,
        uuid: "00000000-0000-4000-8000-000000000000",
    };
    let Some((origin, path)) = split_url(url) else {
        problems.push(format!(
            "{option}: '{url}' is not an absolute http:// or https:// URL"
        ));
        return;
    };
    let filled = Template::parse(path).expand_in_url(fill);
    if let Some(place) = unknown_place(&filled) {
        problems.push(format!(
            "{option}: {place} is no place to fill; there are {{resource}}, {{client}} and {{uuid}}"
        ));
    } else if let Err(error) = Url::parse(&format!("{origin}{filled}")) {
        problems.push(format!("{option}: {error}"));
    }
}

/// A `{word}` that was left after filling a URL, where braces have no other meaning.
fn unknown_place(filled: &str) -> Option<&str> {
    let open_idx = filled.find('{')?;
    let close_idx = filled[open_idx..].find('}')?;
    Some(&filled[open_idx..=open_idx + close_idx])
}

fn header_problems(name: &str, value: &str, problems: &mut Vec<String>) {
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        problems.push(format!("--header: '{name}' is not a header name"));
    }
    if http::HeaderValue::from_str(value).is_err() {
        problems.push(format!(
            "--header {name}: the value holds characters that headers cannot"
        ));
    }
    for reserved in ["host", "content-length", "transfer-encoding", "connection"] {
        if name.eq_ignore_ascii_case(reserved) {
            problems.push(format!("--header {name}: stampede sets this header itself"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Plan, numbered, split_url};

    fn good() -> Plan {
        Plan::new("POST", "http://127.0.0.1:1/seats/{resource}")
    }

    #[test]
    fn a_good_plan_has_no_problems() {
        assert_eq!(good().problems(), Vec::<String>::new());
    }

    #[test]
    fn every_problem_is_reported_at_once() {
        let mut plan = good();
        plan.clients = 1;
        plan.resources = vec!["a".into(), "a".into()];
        plan.url = "http://127.0.0.1:1/seats/{seat}".into();
        plan.method = "P OST".into();
        plan.lost = "4xx,200".parse().expect("a good set");
        plan.repeat = 0;
        plan.headers = vec![("Ho st".into(), "x".into()), ("Host".into(), "x\ny".into())];
        let problems = plan.problems().join("\n");
        for part in [
            "--clients 1",
            "given twice",
            "{seat}",
            "P OST",
            "status 200",
            "--repeat 0",
            "'Ho st'",
            "Host: stampede",
            "characters that headers",
            "neither the URL",
        ] {
            assert!(problems.contains(part), "{part} is missing in:\n{problems}");
        }
    }

    #[test]
    fn sizes_beyond_the_limits_are_refused() {
        let mut plan = good();
        plan.clients = 10_000;
        plan.resources = numbered(26);
        assert!(plan.problems()[0].contains("more than 250000 requests"));
        plan.resources = vec![];
        assert!(plan.problems()[0].contains("0 resources"));
    }

    #[test]
    fn only_the_path_of_a_url_is_filled() {
        assert_eq!(
            split_url("http://h:1/a/{resource}"),
            Some(("http://h:1", "/a/{resource}"))
        );
        assert_eq!(
            split_url("http://h?x={client}"),
            Some(("http://h", "?x={client}"))
        );
        assert_eq!(split_url("h/x"), None);
        let mut plan = good();
        plan.url = "http://{resource}.example/".into();
        assert_eq!(plan.problems().len(), 1);
    }

    #[test]
    fn a_call_beside_the_race_has_a_method_that_there_is() {
        let mut plan = good();
        plan.reset = Call::parse("RELEASE http://127.0.0.1:1/free", None);
        plan.why = Call::parse("LOOK http://127.0.0.1:1/seat", None);
        let problems = plan.problems();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("--reset: there is no method 'RELEASE'"));
        assert!(problems[1].contains("--why: there is no method 'LOOK'"));
        plan.reset = Call::parse("delete http://127.0.0.1:1/free", None);
        plan.why = None;
        assert_eq!(plan.problems(), Vec::<String>::new());
    }

    #[test]
    fn a_call_is_a_method_and_a_url() {
        let call = Call::parse(" post  http://h/x ", None).expect("a good call");
        assert_eq!(
            (call.method.as_str(), call.url.as_str()),
            ("POST", "http://h/x")
        );
        assert_eq!(Call::parse("http://h/x", None), None);
    }
}
