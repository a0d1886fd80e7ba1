//! Pages and documents about the server itself: health, OpenAPI, readable descriptions.
//!
//! Invariants: pages load nothing from outside and run no script; documents are made once.
//! Never: anything about the house or its buyers.

use std::sync::LazyLock;

use boxoffice_api::ErrorCode;
use boxoffice_api::openapi::{self, Api, PAGE_CSP};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};

use crate::http::{Body, Response};
use crate::metrics::Exposition;

/// How long a document may be kept, in seconds: it changes with the server's version only.
const FRESH: HeaderValue = HeaderValue::from_static("max-age=300");

static DOCUMENTS: LazyLock<Vec<(Api, Bytes)>> = LazyLock::new(|| {
    let render = |api| (api, Bytes::from(openapi::render(&openapi::document(api))));
    Api::ALL.into_iter().map(render).collect()
});

static DOCS: LazyLock<Bytes> =
    LazyLock::new(|| Bytes::from(openapi::page(&openapi::document(Api::Native))));

/// `GET /healthz`: this answer is all that it says.
pub(crate) fn healthz() -> Response {
    text(StatusCode::OK, "alive\n")
}

/// `GET /readyz` of a server that is ready.
pub(crate) fn ready() -> Response {
    text(StatusCode::OK, "ready\n")
}

/// `GET /openapi.json`.
pub(crate) fn native_document() -> Response {
    document(Api::Native)
}

/// `GET /openapi/<dialect>.json`; `None` for any other file.
pub(crate) fn dialect_document(file: &str) -> Option<Response> {
    let api = Api::from_name(file.strip_suffix(".json")?)?;
    (api != Api::Native).then(|| document(api))
}

/// `GET /docs`.
pub(crate) fn docs() -> Response {
    html(DOCS.clone())
}

/// `GET /docs/errors`.
pub(crate) fn error_index() -> Response {
    html(Bytes::from(openapi::error_index()))
}

/// `GET /docs/errors/<code>`; `None` for what is no code.
pub(crate) fn error_page(code: &str) -> Option<Response> {
    let code = ErrorCode::from_name(code)?;
    Some(html(Bytes::from(openapi::error_page(code))))
}

/// Figures in the text format of Prometheus.
pub(crate) fn metrics(text: String) -> Response {
    respond(StatusCode::OK, Exposition::CONTENT_TYPE, Bytes::from(text))
}

fn document(api: Api) -> Response {
    let bytes = DOCUMENTS
        .iter()
        .find(|(other, _)| *other == api)
        .map(|(_, bytes)| bytes.clone());
    let mut response = respond(
        StatusCode::OK,
        "application/json",
        bytes.expect("every API has a document"),
    );
    response.headers_mut().insert(CACHE_CONTROL, FRESH);
    response
}

fn html(page: Bytes) -> Response {
    let mut response = respond(StatusCode::OK, "text/html; charset=utf-8", page);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_CSP));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, FRESH);
    response
}

fn text(status: StatusCode, text: &'static str) -> Response {
    let mut response = respond(
        status,
        "text/plain; charset=utf-8",
        Bytes::from_static(text.as_bytes()),
    );
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn respond(status: StatusCode, media_type: &'static str, bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
