//! Record of shows: 10.

use crate::codec::wire_struct;
use crate::ids::{Name, Position, Principal, ShowIdx};
use crate::layout::Built;
use crate::spec::ShowSpec;

wire_struct! {
    /// Record 10: the whole show, as it is from now on.
    pub struct ShowPut {
        /// Its index.
        pub show: ShowIdx,
        /// Its id.
        pub id: Name,
        /// Who put it first.
        pub principal: Principal,
        /// All of it.
        pub spec: Box<ShowSpec>,
        /// The previous record of this show.
        pub previous: Position,
        /// What was built to decide this; not stored.
        pub built: Built,
    }
}
