//! What a buyer has: the pages of bookings and orders, newest first.

use boxoffice_api::limits::LIST_LIMIT_MAX;
use boxoffice_api::v1::query::ListQuery;
use boxoffice_api::{Faults, Problem, Text};
use boxoffice_engine::command::List;

use super::{Context, path_name, problem};

/// Reads the query of a list. `number` finds the number behind the id that a page ended with.
pub(super) fn list(
    cx: &Context<'_>,
    buyer: &str,
    number: impl Fn(&str) -> Option<u64>,
) -> Result<List, Problem<'static>> {
    let query = ListQuery::parse(cx.query(), "before").map_err(problem::of_query)?;
    let before = match query.cursor.as_deref() {
        None => 0,
        Some(id) => number(id).ok_or_else(|| {
            let mut faults = Faults::default();
            faults.add_query("before", "must be the next of the page before");
            problem::of_query(faults)
        })?,
    };
    let rows_max = usize::try_from(query.limit).unwrap_or(usize::MAX);
    Ok(List {
        buyer: path_name("buyer", buyer)?,
        before,
        rows_max,
    })
}

/// The cursor of the next page: the last id of a full one.
pub(super) fn next<'a>(
    cx: &Context<'_>,
    n_rows: usize,
    last: Option<&Text<'a>>,
) -> Option<Text<'a>> {
    let limit = ListQuery::parse(cx.query(), "before").map_or(LIST_LIMIT_MAX, |query| query.limit);
    (limit <= n_rows as u64).then(|| last.cloned()).flatten()
}
