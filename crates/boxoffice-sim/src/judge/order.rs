//! The witness: decisions in the order that journal and answers claim, each made again by the
//! model.
//!
//! What is in the journal without an answer must be explained by a request whose answer nobody got;
//! what was answered must be in the journal; and the order must be one in which it can have
//! happened.

use std::collections::BTreeMap;

use super::Violation;
use super::clock::{true_time, wall};
use crate::history::{End, History};
use crate::model::words::{Fact, Us};
use crate::model::{House, HouseRules};

/// How far the journal's clock may run from true time: one tick for each decision of a batch.
const SLACK_US: Us = 20_000;
/// The same where thousands of requests come at once.
const SLACK_OF_CROWDS_US: Us = 200_000;
/// Calls from which a history counts as one of a crowd.
const CROWD: usize = 10_000;

/// What claims to have happened at one moment of one run.
#[derive(Default)]
struct Moment {
    facts: Vec<Fact>,
    position: Option<u64>,
    calls: Vec<usize>,
}

pub(super) fn check(history: &History, rules: &HouseRules) -> Result<(), Violation> {
    let mut moments: BTreeMap<(u32, Us), Moment> = BTreeMap::new();
    for entry in &history.journal {
        for (at, fact) in &entry.facts {
            let moment = moments.entry((entry.run, *at)).or_default();
            if moment
                .position
                .is_some_and(|position| position != entry.position)
            {
                let what = format!("two entries say what happened at {at} of run {}", entry.run);
                return Err(Violation::new("one entry for each decision", what, &[]));
            }
            moment.position = Some(entry.position);
            moment.facts.push(fact.clone());
        }
    }
    for (call, of) in history.calls.iter().enumerate() {
        if let End::Told { index, run, .. } = of.end {
            moments.entry((run, index)).or_default().calls.push(call);
        }
    }
    let mut witness = Witness::new(history, rules);
    for ((run, at), moment) in &moments {
        witness.take(*run, *at, moment)?;
    }
    Ok(())
}

struct Witness<'a> {
    history: &'a History,
    house: House,
    /// How often each call may still have happened without its client knowing.
    unknown: Vec<u32>,
    /// Calls from here on may be unknown.
    first_unknown: usize,
    /// The call that was sent last among those already taken.
    newest: Option<usize>,
    slack: Us,
}

impl<'a> Witness<'a> {
    fn new(history: &'a History, rules: &HouseRules) -> Self {
        let unknown = history.calls.iter().map(|call| match call.end {
            End::Unknown => call.deliveries,
            End::Told { .. } | End::TurnedAway(_) => call.deliveries.saturating_sub(1),
        });
        let crowd = CROWD < history.calls.len();
        Self {
            history,
            house: House::new(rules.clone()),
            unknown: unknown.collect(),
            first_unknown: 0,
            newest: None,
            slack: if crowd { SLACK_OF_CROWDS_US } else { SLACK_US },
        }
    }

    fn take(&mut self, run: u32, at: Us, moment: &Moment) -> Result<(), Violation> {
        match moment.calls[..] {
            [] => self.take_unanswered(run, at, moment),
            [call] => self.take_answered(run, at, moment, call),
            _ => {
                let what = format!("several answers claim to be decided at {at} of run {run}");
                Err(Violation::new(
                    "an index for each decision",
                    what,
                    &moment.calls,
                ))
            }
        }
    }

    fn take_answered(
        &mut self,
        run: u32,
        at: Us,
        moment: &Moment,
        call: usize,
    ) -> Result<(), Violation> {
        let of = &self.history.calls[call];
        let End::Told {
            returned,
            told,
            position,
            ..
        } = &of.end
        else {
            return Ok(());
        };
        let stepped = self.house.step(&of.request, at, &moment.facts, Some(told));
        stepped.map_err(|what| Violation::new("every answer is the model's", what, &[call]))?;
        let entry = position
            .checked_sub(1)
            .and_then(|idx| self.history.journal.get(usize::try_from(idx).ok()?));
        let durable = match entry {
            Some(entry) => entry.durable <= *returned,
            None => *position == 0,
        };
        // Overdue claims that a refusal or a read met on its way need not be what it rests on.
        let own = moment
            .position
            .filter(|_| !House::is_unasked(&moment.facts));
        let covers = own.is_none_or(|own| own <= *position);
        if !durable || !covers {
            let what = format!("it names position {position}; its own entry is {own:?}");
            return Err(Violation::new(
                "an answer rests on what is durable",
                what,
                &[call],
            ));
        }
        self.check_time(run, at, call, *returned)?;
        if let Some(newest) = self.newest
            && *returned < self.history.calls[newest].sent
        {
            let what = "the second was decided before the first, but came after its answer".into();
            let calls = [call, newest];
            return Err(Violation::new(
                "decisions keep to the order of time",
                what,
                &calls,
            ));
        }
        if self
            .newest
            .is_none_or(|newest| self.history.calls[newest].sent < of.sent)
        {
            self.newest = Some(call);
        }
        Ok(())
    }

    /// Whether the call can have been decided at this moment, by the clocks; `returned` is the
    /// end of time where nobody was told.
    fn check_time(&self, run: u32, at: Us, call: usize, returned: Us) -> Result<(), Violation> {
        let of = &self.history.calls[call];
        let Some(decided) = true_time(self.history, run, at) else {
            return Ok(());
        };
        let early = decided + self.slack < of.sent;
        if early || returned.saturating_add(self.slack) < decided {
            let what = format!("decided at {decided} by true time, outside of the call");
            return Err(Violation::new(
                "journal time follows the clock",
                what,
                &[call],
            ));
        }
        let shown =
            wall(self.history, decided.saturating_sub(self.slack)).min(wall(self.history, decided));
        // A repeat is told what was decided before; it decides nothing.
        let repeats = matches!(&of.end, End::Told { told, .. } if told.replayed);
        match of.deadline {
            Some(deadline) if deadline + self.slack < shown && !repeats => {
                let late = shown - deadline;
                let what = format!("decided {late} us after its deadline at {deadline}");
                Err(Violation::new(
                    "nothing is done after its deadline",
                    what,
                    &[call],
                ))
            }
            _ => Ok(()),
        }
    }

    fn take_unanswered(&mut self, run: u32, at: Us, moment: &Moment) -> Result<(), Violation> {
        if House::is_unasked(&moment.facts) {
            let taken = self.house.unasked(at, &moment.facts);
            return taken.map_err(|what| Violation::new("nothing happens by itself", what, &[]));
        }
        let decided = true_time(self.history, run, at).unwrap_or(Us::MAX);
        while self.unknown.get(self.first_unknown) == Some(&0) {
            self.first_unknown += 1;
        }
        for call in self.first_unknown..self.unknown.len() {
            let of = &self.history.calls[call];
            if decided + self.slack < of.sent {
                break;
            }
            if self.unknown[call] == 0 || of.request.ask.is_read() {
                continue;
            }
            if self.house.would_explain(&of.request, at, &moment.facts)
                && self.check_time(run, at, call, Us::MAX).is_ok()
            {
                self.unknown[call] -= 1;
                let stepped = self.house.step(&of.request, at, &moment.facts, None);
                return stepped
                    .map_err(|what| Violation::new("every effect is the model's", what, &[call]));
            }
        }
        let what = format!(
            "at {at} of run {run}, in entry {:?}, nobody can have asked for {:?}",
            moment.position, moment.facts
        );
        Err(Violation::new("nothing happens by itself", what, &[]))
    }
}
