//! Pages of lists: how long one is, and where it begins.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;

/// How many items a page has when nothing is asked, and at most.
const PAGE: usize = 25;
const LONGEST_PAGE: usize = 100;

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// How many, 1 to 100; 25 by default.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<usize>,
    /// `next` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{8,}$")]
    pub(crate) after: Option<String>,
}

/// How many items a page is to have.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked.unwrap_or(PAGE) {
        limit @ 1..=LONGEST_PAGE => Ok(limit),
        other => Err(Problem::bad_request(format!("`limit` is {other}; it can be 1 to {LONGEST_PAGE}."))),
    }
}
