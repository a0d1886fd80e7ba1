//! `--out opentelemetry`: series by OTLP, as protobuf over HTTP or gRPC.

use std::sync::Arc;
use std::time::Duration;

use stampede_http::{ClientCertificate, ClientOptions};
use stampede_metrics::Sample;
use stampede_metrics::output::{OpenTelemetrySeries, OpenTelemetrySource, SERIES_MAX_DEFAULT};
use stampede_script::Output;

use super::grpc::{Grpc, GrpcTls};
use super::push::{Encoder, Http, Plan, Push, Route};
use super::settings::Variables;
use super::{Context, Refused, push};

const NAME: &str = "opentelemetry";
const INTERVAL_DEFAULT: Duration = Duration::from_secs(10);
const HTTP_ENDPOINT_DEFAULT: &str = "localhost:4318";
const HTTP_PATH_DEFAULT: &str = "/v1/metrics";
const GRPC_ENDPOINT_DEFAULT: &str = "localhost:4317";
const PROTOCOL: &str = "K6_OTEL_EXPORTER_PROTOCOL";

/// Opens the output.
///
/// # Errors
/// All settings that make no sense.
pub(super) fn open(
    variables: &Variables<'_>,
    context: &Context<'_>,
) -> Result<Box<dyn Output>, Refused> {
    // Samples become series as they come, so that there is nothing to flush in between.
    variables.interval("K6_OTEL_FLUSH_INTERVAL", INTERVAL_DEFAULT);
    let interval = variables.interval("K6_OTEL_EXPORT_INTERVAL", INTERVAL_DEFAULT);
    let text = |name, default| variables.text_or(name, default).to_owned();
    let source = OpenTelemetrySource {
        service_name: match variables.text("K6_OTEL_SERVICE_NAME") {
            Some(name) => name.to_owned(),
            None => text("OTEL_SERVICE_NAME", "k6"),
        },
        service_version: text("K6_OTEL_SERVICE_VERSION", env!("CARGO_PKG_VERSION")),
        metric_prefix: text("K6_OTEL_METRIC_PREFIX", ""),
    };
    if variables
        .text("K6_OTEL_SINGLE_COUNTER_FOR_RATE")
        .is_some_and(|text| text == "false" || text == "0")
    {
        variables.problem(
            "K6_OTEL_SINGLE_COUNTER_FOR_RATE=false: a rate is always one counter with the \
             attribute `condition`; unset it"
                .to_owned(),
        );
    }
    let route = match variables.text("K6_OTEL_EXPORTER_PROTOCOL") {
        None | Some("grpc") => grpc(variables).map(Route::Grpc),
        Some("http/protobuf") => http(variables).map(Route::Http),
        Some(other) => {
            variables.misfit(format!("{PROTOCOL}={other}: write grpc or http/protobuf"));
            Err(String::new())
        }
    };
    if let Err(problem) = &route
        && !problem.is_empty()
    {
        variables.problem(problem.clone());
    }
    variables.check(NAME)?;
    let series = OpenTelemetrySeries::new(Arc::clone(context.metrics), source, SERIES_MAX_DEFAULT);
    let plan = Plan {
        name: NAME,
        route: route?,
        interval,
        in_flight_max: 1,
        end_timeout: push::END_TIMEOUT,
    };
    Ok(push::start(plan, Box::new(Otlp { series }), context.log)?)
}

fn http(variables: &Variables<'_>) -> Result<Http, String> {
    let endpoint = endpoint(
        "K6_OTEL_HTTP_EXPORTER_ENDPOINT",
        HTTP_ENDPOINT_DEFAULT,
        variables,
    );
    let path = variables.text_or("K6_OTEL_HTTP_EXPORTER_URL_PATH", HTTP_PATH_DEFAULT);
    let scheme = if variables.switch("K6_OTEL_HTTP_EXPORTER_INSECURE") {
        "http"
    } else {
        "https"
    };
    let mut options = ClientOptions::new();
    options.tls.insecure_skip_verify = variables.switch("K6_OTEL_TLS_INSECURE_SKIP_VERIFY");
    if let Some(roots) = variables.file("K6_OTEL_TLS_CERTIFICATE") {
        options.tls.extra_roots_pem = roots.into_bytes();
    }
    let certificate = variables.file("K6_OTEL_TLS_CLIENT_CERTIFICATE");
    let key = variables.file("K6_OTEL_TLS_CLIENT_KEY");
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
            "K6_OTEL_TLS_CLIENT_CERTIFICATE and K6_OTEL_TLS_CLIENT_KEY go together".to_owned(),
        ),
    }
    let mut headers = vec![
        ("User-Agent".to_owned(), push::user_agent()),
        (
            "Content-Type".to_owned(),
            "application/x-protobuf".to_owned(),
        ),
    ];
    headers.extend(metadata(variables));
    let slash = if path.starts_with('/') { "" } else { "/" };
    Http::new(
        format!("{scheme}://{endpoint}{slash}{path}"),
        headers,
        options,
    )
}

fn grpc(variables: &Variables<'_>) -> Result<Grpc, String> {
    for name in [
        "K6_OTEL_TLS_CLIENT_CERTIFICATE",
        "K6_OTEL_TLS_CLIENT_KEY",
        "K6_OTEL_TLS_INSECURE_SKIP_VERIFY",
    ] {
        if variables.text(name).is_some_and(|text| text != "false") {
            variables.problem(format!(
                "{name}: not supported with gRPC; use {PROTOCOL}=http/protobuf"
            ));
        }
    }
    let endpoint = endpoint(
        "K6_OTEL_GRPC_EXPORTER_ENDPOINT",
        GRPC_ENDPOINT_DEFAULT,
        variables,
    );
    let tls = if variables.switch("K6_OTEL_GRPC_EXPORTER_INSECURE") {
        None
    } else {
        let roots = variables.file("K6_OTEL_TLS_CERTIFICATE");
        Some(GrpcTls::new(roots.as_deref())?)
    };
    Grpc::new(endpoint, metadata(variables), tls)
}

fn endpoint(name: &str, default: &'static str, variables: &Variables<'_>) -> String {
    let endpoint = variables.text_or(name, default);
    if endpoint.contains("://") || endpoint.contains('/') {
        variables.misfit(format!(
            "{name}={endpoint}: write host and port alone, such as {default}"
        ));
    }
    endpoint.to_owned()
}

/// Headers that somebody wants sent along, such as keys.
fn metadata(variables: &Variables<'_>) -> Vec<(String, String)> {
    let name = match variables.text("K6_OTEL_HEADERS") {
        Some(_) => "K6_OTEL_HEADERS",
        None => "OTEL_EXPORTER_OTLP_HEADERS",
    };
    variables.pairs(name, '=')
}

/// Series, which add up: what does not arrive comes with the next request.
struct Otlp {
    series: OpenTelemetrySeries,
}

impl Encoder for Otlp {
    fn add(&mut self, samples: &[Sample]) {
        for sample in samples {
            self.series.add(sample);
        }
    }

    fn take(&mut self) -> Option<Push> {
        let body = self.series.take_request()?;
        Some(Push { body, samples: 0 })
    }

    fn failed(&mut self) {
        self.series.resend();
    }

    fn dropped(&self) -> u64 {
        self.series.dropped()
    }
}
