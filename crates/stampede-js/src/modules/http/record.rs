//! The samples of one hop of a request, with k6's names and tags.

use stampede_http::Response;
use stampede_metrics::builtin;

use super::params::Call;
use crate::settings::SystemTags;
use crate::state::{VuState, now};

/// Tags that a hop can have by itself.
const TAGS_MAX: usize = 11;

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
    let on = state.system_tags();
    let status = Digits::of(hop.status);
    let error_code = Digits::of(hop.error_code());
    let expected = call.callback.is_expected(hop.status);
    let name = call.name.as_deref().unwrap_or(&hop.url);
    let url = if call.is_name_for_url { name } else { &hop.url };
    let is_failed = hop.error_code() != 0;
    let remote = match (on.has(SystemTags::IP), hop.remote) {
        (true, Some(remote)) => remote.ip().to_string(),
        _ => String::new(),
    };
    let candidates: [(SystemTags, &str, &str, bool); TAGS_MAX] = [
        (SystemTags::METHOD, "method", &hop.method, true),
        (SystemTags::URL, "url", url, true),
        (SystemTags::NAME, "name", name, true),
        (SystemTags::STATUS, "status", status.as_str(), true),
        (SystemTags::PROTO, "proto", hop.proto.as_str(), hop.status > 0),
        (
            SystemTags::EXPECTED_RESPONSE,
            "expected_response",
            if expected == Some(true) { "true" } else { "false" },
            expected.is_some(),
        ),
        (SystemTags::ERROR, "error", hop.error_text(), !hop.error_text().is_empty()),
        (SystemTags::ERROR_CODE, "error_code", error_code.as_str(), is_failed),
        (
            SystemTags::TLS_VERSION,
            "tls_version",
            hop.tls.map_or("", |tls| tls.version),
            hop.tls.is_some(),
        ),
        (SystemTags::OCSP_STATUS, "ocsp_status", "unknown", false),
        (SystemTags::IP, "ip", &remote, !remote.is_empty()),
    ];
    let mut own = [("", ""); TAGS_MAX];
    let mut count = 0;
    for (tag, name, value, is_there) in candidates {
        if is_there && on.has(tag) {
            own[count] = (name, value);
            count += 1;
        }
    }
    if call.tags.is_empty() {
        record(state, hop, expected, &own[..count]);
    } else {
        let mut all = own[..count].to_vec();
        all.extend(call.tags.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        record(state, hop, expected, &all);
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
        (builtin::HTTP_REQ_TLS_HANDSHAKING, ms(timings.tls_handshaking)),
        (builtin::HTTP_REQ_SENDING, ms(timings.sending)),
        (builtin::HTTP_REQ_WAITING, ms(timings.waiting)),
        (builtin::HTTP_REQ_RECEIVING, ms(timings.receiving)),
        (builtin::HTTP_REQ_FAILED, if expected == Some(true) { 0.0 } else { 1.0 }),
    ];
    let judged = if expected.is_some() { samples.len() } else { samples.len() - 1 };
    state.record_at(&samples[..judged], now(), own);
}

/// A small number as text, without an allocation.
struct Digits {
    text: [u8; 5],
    start: usize,
}

impl Digits {
    fn of(mut number: u16) -> Digits {
        let mut digits = Digits { text: [b'0'; 5], start: 5 };
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
