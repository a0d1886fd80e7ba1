//! What must hold whatever the order was, by what clients were told alone.

use super::Violation;
use crate::history::History;
use crate::model::HouseRules;

pub(super) fn check(_history: &History, _rules: &HouseRules) -> Vec<Violation> {
    Vec::new()
}
