//! A layout that is built ahead of its command, by whoever brings it.
//!
//! Building a layout of a million seats takes long, and the engine decides one command at a time.
//! Whoever brings a large show builds its layout before, from what it believes the engine has; the
//! engine takes it if it would have built the same, and builds its own if not.
//!
//! Invariants: a draft is used only if it was made of the same spec, id, index, principal and
//! predecessor, so whether there is one changes no result. A built layout is never stored.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::codec::{Damaged, Input, Wire};
use crate::ids::{Name, Principal, ShowIdx};
use crate::spec::ShowSpec;

use super::{Layout, LayoutError};

/// What a show shall be, perhaps with the layout that this makes.
///
/// The spec cannot be changed, because the draft would then be of another.
#[derive(Debug, Clone)]
pub struct Plan {
    spec: ShowSpec,
    draft: Option<Draft>,
}

#[derive(Debug, Clone)]
struct Draft {
    layout: Arc<Layout>,
    id: Name,
    principal: Principal,
    previous: Option<Arc<Layout>>,
}

impl From<ShowSpec> for Plan {
    fn from(spec: ShowSpec) -> Self {
        Self { spec, draft: None }
    }
}

impl Deref for Plan {
    type Target = ShowSpec;

    fn deref(&self) -> &ShowSpec {
        &self.spec
    }
}

impl Plan {
    /// Builds the layout ahead. `show` is the index that it will have, and `previous` the layout
    /// that it will replace, as far as the caller knows.
    #[must_use]
    pub fn drafted(
        spec: ShowSpec,
        show: ShowIdx,
        id: &Name,
        principal: Principal,
        previous: Option<Arc<Layout>>,
    ) -> Self {
        let layout = Layout::build(show, id, principal, &spec, previous.as_deref());
        // What makes no layout is refused when the command is decided.
        let draft = layout.ok().map(|layout| Draft {
            layout: Arc::new(layout),
            id: id.clone(),
            principal,
            previous,
        });
        Self { spec, draft }
    }

    /// The layout of this spec: the draft if it fits, else a new one.
    ///
    /// # Errors
    /// Those of [`Layout::build`].
    pub(crate) fn layout(
        &self,
        show: ShowIdx,
        id: &Name,
        principal: Principal,
        previous: Option<&Arc<Layout>>,
    ) -> Result<Arc<Layout>, LayoutError> {
        let fits = |draft: &&Draft| {
            let is_successor = match (&draft.previous, previous) {
                (None, None) => true,
                (Some(drafted), Some(previous)) => Arc::ptr_eq(drafted, previous),
                (Some(_), None) | (None, Some(_)) => false,
            };
            is_successor
                && draft.layout.show == show
                && draft.id == *id
                && draft.principal == principal
        };
        match self.draft.as_ref().filter(fits) {
            Some(draft) => Ok(Arc::clone(&draft.layout)),
            None => {
                let previous = previous.map(Arc::as_ref);
                Layout::build(show, id, principal, &self.spec, previous).map(Arc::new)
            }
        }
    }
}

/// The layout that an event makes, on its way from the decision to the state. It is not part of
/// the event: it equals any other, has no stored form, and whoever reads an event builds it.
#[derive(Clone, Default)]
pub struct Built(Option<Arc<Layout>>);

impl Built {
    pub(crate) fn new(layout: Arc<Layout>) -> Self {
        Self(Some(layout))
    }

    pub(crate) fn layout(&self) -> Option<&Arc<Layout>> {
        self.0.as_ref()
    }
}

impl PartialEq for Built {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Built {}

impl fmt::Debug for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Built")
    }
}

impl Wire for Built {
    fn put(&self, _out: &mut Vec<u8>) {}

    fn take(_input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(Self::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Action, Caller, Command, PutShow};
    use crate::decide::{Now, Rules, execute};
    use crate::event::Event;
    use crate::ids::Position;
    use crate::names::Seed;
    use crate::state::State;
    use crate::testing::{name, show_spec};
    use crate::time::Instant;

    fn spec(seats: u32) -> ShowSpec {
        show_spec(1, seats)
    }

    #[test]
    fn a_draft_is_taken_only_where_the_engine_would_build_the_same() {
        let (opera, one) = (name("opera"), Principal(1));
        let first = Plan::drafted(spec(3), ShowIdx(4), &opera, one, None);
        let drafted = &first.draft.as_ref().unwrap().layout;
        let layout = first.layout(ShowIdx(4), &opera, one, None).unwrap();
        assert!(Arc::ptr_eq(&layout, drafted));
        let second = Plan::drafted(spec(5), ShowIdx(4), &opera, one, Some(Arc::clone(&layout)));
        let drafted = &second.draft.as_ref().unwrap().layout;
        let taken = second
            .layout(ShowIdx(4), &opera, one, Some(&layout))
            .unwrap();
        assert!(Arc::ptr_eq(&taken, drafted));
        assert_eq!((taken.version, taken.n_seats()), (2, 5));
        // Another index, id, principal or predecessor, even one that is equal.
        let twin = Arc::new((*layout).clone());
        for (show, id, principal, previous) in [
            (ShowIdx(5), &opera, one, Some(&layout)),
            (ShowIdx(4), &name("play"), one, Some(&layout)),
            (ShowIdx(4), &opera, Principal(2), Some(&layout)),
            (ShowIdx(4), &opera, one, Some(&twin)),
            (ShowIdx(4), &opera, one, None),
        ] {
            let built = second.layout(show, id, principal, previous).unwrap();
            assert!(!Arc::ptr_eq(&built, drafted));
            let version = previous.map_or(1, |_| 2);
            assert_eq!((built.show, &built.id, built.version), (show, id, version));
        }
    }

    #[test]
    fn what_makes_no_layout_has_no_draft() {
        let plan = Plan::drafted(spec(0), ShowIdx(0), &name("s"), Principal(0), None);
        let fresh = Layout::build(ShowIdx(0), &name("s"), Principal(0), &spec(0), None);
        assert_eq!(plan.draft.is_some(), fresh.is_ok());
        let mut twice = spec(1);
        twice.sections.push(twice.sections[0].clone());
        let plan = Plan::drafted(twice, ShowIdx(0), &name("s"), Principal(0), None);
        assert!(plan.draft.is_none());
        let refused = plan.layout(ShowIdx(0), &name("s"), Principal(0), None);
        assert_eq!(refused.unwrap_err(), LayoutError::Duplicate);
    }

    #[test]
    fn the_state_has_the_very_layout_that_was_drafted_and_the_event_keeps_none() {
        let mut state = State::new(Seed(1));
        let id = name("opera");
        let principal = Principal(1);
        for seats in [3, 4] {
            let previous = state.layout(ShowIdx(0)).map(Arc::clone);
            let plan = Plan::drafted(spec(seats), ShowIdx(0), &id, principal, previous);
            let drafted = Arc::clone(&plan.draft.as_ref().unwrap().layout);
            let put = PutShow {
                show: id.clone(),
                spec: plan,
                only_create: false,
            };
            let command = Command {
                caller: Caller {
                    principal,
                    admin: true,
                },
                key: None,
                action: Action::PutShow(Box::new(put)),
            };
            let now = Now {
                at: Instant(u64::from(seats)),
                position: Position(u64::from(seats)),
            };
            let mut events = Vec::new();
            execute(&mut state, &Rules::standard(), &command, now, &mut events);
            assert!(Arc::ptr_eq(state.layout(ShowIdx(0)).unwrap(), &drafted));
            let Event::ShowPut(put) = &events[0].event else {
                panic!("{events:?}")
            };
            assert!(put.built.layout().is_none());
        }
    }

    #[test]
    fn a_built_layout_leaves_no_trace_in_an_event() {
        let plan = Plan::from(spec(1));
        let layout = plan
            .layout(ShowIdx(0), &name("s"), Principal(0), None)
            .unwrap();
        let mut bytes = Vec::new();
        let built = Built::new(layout);
        built.put(&mut bytes);
        assert!(bytes.is_empty() && built == Built::default());
    }
}
