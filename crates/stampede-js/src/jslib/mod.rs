//! Stand-ins, written by us, for the libraries that scripts import from the internet.
//!
//! Invariants: a stand-in answers to its library's address in any version; none needs a network.

mod summary;

use crate::modules::Provider::{self, Native, Source};

const UTILS: Provider = Source(include_str!("k6-utils.js"));
const PAPAPARSE: Provider = Source(include_str!("papaparse.js"));
const REPORTER: Provider = Source(include_str!("k6-reporter.js"));
const FORMDATA: Provider = Source(include_str!("formdata.js"));
const URL: Provider = Source(include_str!("url.js"));
const HTTPX: Provider = Source(include_str!("httpx.js"));
const CHAI: Provider = Source(include_str!("k6chaijs.js"));
const TESTING: Provider = Source(include_str!("k6-testing.js"));

/// Stand-ins by address: without its scheme, `*` for any one segment, such as the version.
pub(crate) const BY_ADDRESS: &[(&str, Provider)] = &[
    ("jslib.k6.io/formdata/*/index.js", FORMDATA),
    ("jslib.k6.io/httpx/*/index.js", HTTPX),
    (
        "jslib.k6.io/k6-summary/*/index.js",
        Native(summary::install),
    ),
    ("jslib.k6.io/k6-testing/*/index.js", TESTING),
    ("jslib.k6.io/k6-utils/*/index.js", UTILS),
    ("jslib.k6.io/k6chaijs/*/index.js", CHAI),
    ("jslib.k6.io/papaparse/*/index.js", PAPAPARSE),
    ("jslib.k6.io/url/*/index.js", URL),
    (
        "raw.githubusercontent.com/benc-uk/k6-reporter/*/dist/bundle.js",
        REPORTER,
    ),
    (
        "raw.githubusercontent.com/benc-uk/k6-reporter/refs/heads/*/dist/bundle.js",
        REPORTER,
    ),
    (
        "raw.githubusercontent.com/benc-uk/k6-reporter/refs/tags/*/dist/bundle.js",
        REPORTER,
    ),
];
