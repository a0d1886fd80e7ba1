//! `--out experimental-prometheus-rw`: series by Prometheus' remote-write protocol, version 1.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use stampede_http::{ClientCertificate, ClientOptions, Url};
use stampede_metrics::output::{PrometheusSeries, PrometheusStats, SERIES_MAX_DEFAULT};
use stampede_metrics::summary::TrendStat;
use stampede_metrics::{Sample, UnixNs};
use stampede_script::Output;

use super::push::{Encoder, Http, Plan, Push, Route};
use super::settings::Variables;
use super::{Context, Refused, push};

const NAME: &str = "experimental-prometheus-rw";
const URL_DEFAULT: &str = "http://localhost:9090/api/v1/write";
const INTERVAL_DEFAULT: Duration = Duration::from_secs(5);

/// Opens the output.
///
/// # Errors
/// All settings that make no sense.
pub(super) fn open(
    variables: &Variables<'_>,
    context: &Context<'_>,
) -> Result<Box<dyn Output>, Refused> {
    let url = variables.text_or("K6_PROMETHEUS_RW_SERVER_URL", URL_DEFAULT);
    if !Url::parse(url)
        .is_ok_and(|url| matches!(&*url.scheme, "http" | "https") && !url.host.is_empty())
    {
        variables.problem(format!(
            "K6_PROMETHEUS_RW_SERVER_URL={url} is no address; write {URL_DEFAULT} or the like"
        ));
    }
    refuse_what_is_not_there(variables);
    let interval = variables.interval("K6_PROMETHEUS_RW_PUSH_INTERVAL", INTERVAL_DEFAULT);
    let stats = stats(variables);
    let marks_stale = variables.switch("K6_PROMETHEUS_RW_STALE_MARKERS");
    let http = Http::new(url.to_owned(), headers(variables), options(variables));
    if let Err(error) = &http {
        variables.problem(error.clone());
    }
    variables.check(NAME)?;
    let http = http?;
    let encoder = Remote {
        series: PrometheusSeries::new(Arc::clone(context.metrics), stats, SERIES_MAX_DEFAULT),
        marks_stale,
    };
    let plan = Plan {
        name: NAME,
        route: Route::Http(http),
        interval,
        in_flight_max: 1,
        end_timeout: push::END_TIMEOUT,
    };
    Ok(push::start(plan, Box::new(encoder), context.log)?)
}

fn refuse_what_is_not_there(variables: &Variables<'_>) {
    if variables.switch("K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM") {
        variables.problem(
            "K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM: native histograms are not supported; \
             unset it and name figures in K6_PROMETHEUS_RW_TREND_STATS, such as p(95),p(99),max"
                .to_owned(),
        );
    }
    for name in ["REGION", "ACCESS_KEY", "SECRET_KEY"] {
        let name = format!("K6_PROMETHEUS_RW_SIGV4_{name}");
        if variables.text(&name).is_some() {
            variables.problem(format!(
                "{name}: requests are not signed here; unset it, and send through a proxy that signs"
            ));
        }
    }
}

fn stats(variables: &Variables<'_>) -> PrometheusStats {
    const VARIABLE: &str = "K6_PROMETHEUS_RW_TREND_STATS";
    let Some(text) = variables.text(VARIABLE) else {
        return PrometheusStats::default();
    };
    let parts = text.split(',').map(str::trim);
    let stats = parts.filter_map(|part| match TrendStat::parse(part) {
        Ok(stat) => Some(stat),
        Err(error) => {
            variables.problem(format!("{VARIABLE}: {error}"));
            None
        }
    });
    PrometheusStats {
        stats: stats.collect(),
    }
}

fn headers(variables: &Variables<'_>) -> Vec<(String, String)> {
    let mut headers = vec![("User-Agent".to_owned(), push::user_agent())];
    headers.extend(variables.pairs("K6_PROMETHEUS_RW_HTTP_HEADERS", ':'));
    headers.extend(variables.with_prefix("K6_PROMETHEUS_RW_HEADERS_"));
    if let Some(token) = variables.text("K6_PROMETHEUS_RW_BEARER_TOKEN") {
        headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
    }
    if let Some(username) = variables.text("K6_PROMETHEUS_RW_USERNAME") {
        let password = variables.text_or("K6_PROMETHEUS_RW_PASSWORD", "");
        headers.push(push::basic_auth(username, password));
    }
    for (name, value) in [
        ("Content-Encoding", "snappy"),
        ("Content-Type", "application/x-protobuf"),
        ("X-Prometheus-Remote-Write-Version", "0.1.0"),
    ] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    headers
}

fn options(variables: &Variables<'_>) -> ClientOptions {
    let mut options = ClientOptions::new();
    options.tls.insecure_skip_verify =
        variables.switch("K6_PROMETHEUS_RW_INSECURE_SKIP_TLS_VERIFY");
    let certificate = variables.file("K6_PROMETHEUS_RW_CLIENT_CERTIFICATE");
    let key = variables.file("K6_PROMETHEUS_RW_CLIENT_CERTIFICATE_KEY");
    match (certificate, key) {
        (Some(cert_pem), Some(key_pem)) => {
            options.tls.client_certificates.push(ClientCertificate {
                cert_pem,
                key_pem,
                ..ClientCertificate::default()
            });
        }
        (None, None) => {}
        _ => variables.problem(
            "K6_PROMETHEUS_RW_CLIENT_CERTIFICATE and K6_PROMETHEUS_RW_CLIENT_CERTIFICATE_KEY go \
             together"
                .to_owned(),
        ),
    }
    options
}

/// Series, which add up: what does not arrive comes with the next request.
struct Remote {
    series: PrometheusSeries,
    marks_stale: bool,
}

impl Encoder for Remote {
    fn add(&mut self, samples: &[Sample]) {
        for sample in samples {
            self.series.add(sample);
        }
    }

    fn take(&mut self) -> Option<Push> {
        let body = self.series.take_request()?;
        Some(Push { body, samples: 0 })
    }

    fn take_farewell(&mut self) -> Option<Push> {
        if !self.marks_stale {
            return None;
        }
        let now_ns = u64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(0);
        // One millisecond later than everything that was sent, which has that precision.
        let at = UnixNs(now_ns.saturating_add(1_000_000));
        let body = self.series.take_stale_markers(at)?;
        Some(Push { body, samples: 0 })
    }

    fn failed(&mut self) {
        self.series.resend();
    }

    fn dropped(&self) -> u64 {
        self.series.dropped()
    }
}
