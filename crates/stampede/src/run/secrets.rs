//! `--secret-source`: what scripts may read by `k6/secrets`.

use std::collections::BTreeMap;

use stampede_js::Secrets;

use super::Failure;
use super::args::RunArgs;
use crate::exit::Exit;

/// Opens the sources that flags name, or else the variable `K6_SECRET_SOURCE`.
///
/// # Errors
/// A source that is not one, or whose file cannot be read.
pub(super) fn open(
    args: &RunArgs,
    environment: &BTreeMap<String, String>,
) -> Result<Secrets, Failure> {
    let flags = args.secret_sources.iter().map(String::as_str);
    let variable = environment.get("K6_SECRET_SOURCE").map(String::as_str);
    let variable = variable.filter(|text| args.secret_sources.is_empty() && !text.is_empty());
    Secrets::parse(flags.chain(variable), |path| std::fs::read_to_string(path)).map_err(|error| {
        Failure {
            message: error.to_string(),
            exit: Exit::Unknown,
        }
    })
}
