//! The single requests beside a race: resets before it and looks at it afterwards.

use std::time::{Duration, Instant};

use super::RaceError;
use super::judge::StatusTally;
use super::message::server_message;
use super::outcome::StatusCount;
use super::plan::{Call, Plan, split_url, takes_body};
use super::template::{Fill, Template, Uuids};
use crate::wire::{Answer, Connection, RequestBuffer, Target, Tls, Url};

/// What our requests call themselves.
const USER_AGENT: &str = concat!("stampede/", env!("CARGO_PKG_VERSION"));

/// Adds the headers that every request of ours has, unless the user gives them.
pub(super) fn standard_headers(
    request: &mut RequestBuffer,
    given: &[(String, String)],
    has_body: bool,
) {
    let is_given = |name: &str| {
        given
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
    };
    if !is_given("user-agent") {
        request.header("User-Agent", USER_AGENT);
    }
    if !is_given("accept") {
        request.header("Accept", "*/*");
    }
    if has_body && !is_given("content-type") {
        request.header("Content-Type", "application/json");
    }
}

/// A path as it stands in a request line: never empty, never only a query.
pub(super) fn absolute_path(path: &str) -> String {
    if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    }
}

/// What may help a reset that has no body and needs one.
const NEEDS_BODY: &str = " A reset has no body unless --reset-body gives one: with \
    '--reset-body same' it is the race's.";

/// Sends the plan's reset: once per resource if it names one, else once.
///
/// # Errors
/// If one gets no answer, a 4xx other than 404 (there was nothing to free) or a 5xx.
pub(super) async fn reset(plan: &Plan, uuids: &mut Uuids) -> Result<Vec<StatusCount>, RaceError> {
    let Some(call) = &plan.reset else {
        return Ok(Vec::new());
    };
    let names_resource = [Some(&call.url), call.body.as_ref()]
        .into_iter()
        .flatten()
        .any(|text| Template::parse(text).names_resource());
    let n_resets = if names_resource {
        plan.resources.len()
    } else {
        1
    };
    let mut caller = Caller::new(plan, call).await?;
    let mut statuses = StatusTally::default();
    for resource in plan.resources.iter().take(n_resets) {
        match caller.send(plan, call, resource, uuids).await {
            Ok(answer) if answer.status >= 400 && answer.status != 404 => {
                let bodyless = call.body.is_none() && takes_body(&call.method);
                return Err(RaceError::ResetRefused {
                    call: format!("{} {}", call.method, call.url),
                    resource: plan.label(resource),
                    answer: format!("{} {}", answer.status, server_message(&answer.body))
                        .trim_end()
                        .to_owned(),
                    hint: if bodyless { NEEDS_BODY } else { "" },
                });
            }
            Ok(answer) => statuses.count(Some(answer.status), &server_message(&answer.body), 1),
            Err(reason) => {
                return Err(RaceError::Reset {
                    url: call.url.clone(),
                    reason,
                });
            }
        }
    }
    Ok(statuses.counts())
}

/// Sends calls to one server over one connection, opened again when the server closed it.
pub(super) struct Caller {
    target: Target,
    connection: Option<Connection>,
    timeout: Duration,
}

impl Caller {
    pub(super) async fn new(plan: &Plan, call: &Call) -> Result<Caller, RaceError> {
        let (origin, _) = split_url(&call.url).expect("a checked plan has absolute URLs");
        let url = Url::parse(origin)?;
        let tls = if url.https {
            Some(Tls::new(&plan.trust)?)
        } else {
            None
        };
        Ok(Caller::to(Target::resolve(&url, tls).await?, plan.timeout))
    }

    pub(super) fn to(target: Target, timeout: Duration) -> Caller {
        Caller {
            target,
            connection: None,
            timeout,
        }
    }

    pub(super) async fn send(
        &mut self,
        plan: &Plan,
        call: &Call,
        resource: &str,
        uuids: &mut Uuids,
    ) -> Result<Answer, String> {
        let uuid = uuids.next();
        let fill = Fill {
            resource,
            client: 1,
            uuid: &uuid,
        };
        let (_, path) = split_url(&call.url).expect("a checked plan has absolute URLs");
        let path = Template::parse(&absolute_path(path)).expand_in_url(fill);
        let body = call
            .body
            .as_deref()
            .map(|body| Template::parse(body).expand(fill));
        let mut request = RequestBuffer::new();
        request.begin(&self.target, &call.method, &path);
        standard_headers(&mut request, &plan.headers, body.is_some());
        for (name, value) in &plan.headers {
            request.header(name, &Template::parse(value).expand(fill));
        }
        request.end(body.as_deref().unwrap_or("").as_bytes());
        self.exchange(request.bytes(), request.is_head()).await
    }

    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        request_is_head: bool,
    ) -> Result<Answer, String> {
        self.connection
            .take_if(|connection| !connection.is_usable() || connection.is_stale());
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(
                Connection::open(&self.target, self.timeout)
                    .await
                    .map_err(|error| error.to_string())?,
            ),
        };
        connection
            .exchange(request, request_is_head, Instant::now() + self.timeout)
            .await
            .map_err(|failure| failure.kind.describe().to_owned())
    }
}
