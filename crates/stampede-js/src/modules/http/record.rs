//! The samples of one hop of a request, with k6's names and tags.

use stampede_http::Response;
use stampede_metrics::builtin;

use super::params::Call;
use crate::settings::SystemTags;
use crate::state::{VuState, now};

/// Tags that a hop can have by itself.
const TAGS_MAX: usize = 10;

/// A hop that has ended, and the call that it belongs to.
pub(crate) struct Hop<'a> {
    pub(crate) hop: &'a Response,
    pub(crate) call: &'a Call,
}

/// Records a hop; nothing once the user was told to stop.
pub(crate) fn hop(state: &VuState, Hop { hop, call }: &Hop<'_>) {
    if state.is_stopped() {
        return;
    }
    let status = Digits::of(hop.status);
    let error_code = Digits::of(hop.error_code());
    let expected = call.callback.is_expected(hop.status);
    // What is sent to be asked for a digest has done its work with a 401, and only with that.
    let expected = match hop.awaits_challenge {
        true => expected.map(|_| hop.status == 401),
        false => expected,
    };
    let shown = hop.masked_url();
    let name = call.name.as_deref().unwrap_or(&shown);
    let mut own = Own {
        on: state.system_tags(),
        tags: [("", ""); TAGS_MAX],
        count: 0,
    };
    own.add(SystemTags::METHOD, "method", &hop.method);
    own.add(SystemTags::URL, "url", name);
    own.add(SystemTags::NAME, "name", name);
    own.add(SystemTags::STATUS, "status", status.as_str());
    if hop.status > 0 {
        own.add(SystemTags::PROTO, "proto", hop.proto.as_str());
    }
    if let Some(is_expected) = expected {
        let value = if is_expected { "true" } else { "false" };
        own.add(SystemTags::EXPECTED_RESPONSE, "expected_response", value);
    }
    if !hop.error_text().is_empty() {
        own.add(SystemTags::ERROR, "error", hop.error_text());
    }
    if hop.error_code() != 0 {
        own.add(SystemTags::ERROR_CODE, "error_code", error_code.as_str());
    }
    if let Some(tls) = hop.tls {
        own.add(SystemTags::TLS_VERSION, "tls_version", tls.version);
    }
    let remote = hop.remote.filter(|_| own.on.has(SystemTags::IP));
    let ip = remote.map(|remote| remote.ip().to_string());
    if let Some(ip) = &ip {
        own.add(SystemTags::IP, "ip", ip);
    }
    let own = &own.tags[..own.count];
    if call.tags.is_empty() {
        record(state, hop, expected, own);
    } else {
        // A tag that a hop has by itself hides the script's.
        let tags = call.tags.iter();
        let mut all: Vec<(&str, &str)> = tags
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.extend_from_slice(own);
        record(state, hop, expected, &all);
    }
}

/// The tags of a hop, on the stack.
struct Own<'a> {
    on: SystemTags,
    tags: [(&'a str, &'a str); TAGS_MAX],
    count: usize,
}

impl<'a> Own<'a> {
    /// Adds a tag unless it is switched off.
    fn add(&mut self, tag: SystemTags, name: &'a str, value: &'a str) {
        if self.on.has(tag) {
            self.tags[self.count] = (name, value);
            self.count += 1;
        }
    }
}

fn record(state: &VuState, hop: &Response, expected: Option<bool>, own: &[(&str, &str)]) {
    let timings = &hop.timings;
    let ms = |duration: std::time::Duration| duration.as_secs_f64() * 1e3;
    let samples = [
        (builtin::HTTP_REQS, 1.0),
        (builtin::HTTP_REQ_DURATION, ms(timings.duration())),
        (builtin::HTTP_REQ_BLOCKED, ms(timings.blocked)),
        (builtin::HTTP_REQ_CONNECTING, ms(timings.connecting)),
        (
            builtin::HTTP_REQ_TLS_HANDSHAKING,
            ms(timings.tls_handshaking),
        ),
        (builtin::HTTP_REQ_SENDING, ms(timings.sending)),
        (builtin::HTTP_REQ_WAITING, ms(timings.waiting)),
        (builtin::HTTP_REQ_RECEIVING, ms(timings.receiving)),
        (
            builtin::HTTP_REQ_FAILED,
            if expected == Some(true) { 0.0 } else { 1.0 },
        ),
    ];
    let judged = if expected.is_some() {
        samples.len()
    } else {
        samples.len() - 1
    };
    state.record_at(&samples[..judged], now(), own);
}

/// A small number as text, without an allocation.
struct Digits {
    text: [u8; 5],
    start: usize,
}

impl Digits {
    fn of(mut number: u16) -> Digits {
        let mut digits = Digits {
            text: [b'0'; 5],
            start: 5,
        };
        loop {
            digits.start -= 1;
            let [digit, _] = (number % 10).to_le_bytes();
            digits.text[digits.start] = b'0' + digit;
            number /= 10;
            if number == 0 {
                return digits;
            }
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[self.start..]).unwrap_or("0")
    }
}

#[cfg(test)]
mod tests {
    use super::Digits;

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 7, 10, 200, 65_535] {
            assert_eq!(Digits::of(number).as_str(), number.to_string());
        }
    }
}
