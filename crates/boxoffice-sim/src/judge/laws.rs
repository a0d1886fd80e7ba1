//! What must hold whatever the order was, by what clients were told alone.

use std::collections::BTreeMap;

use super::Violation;
use super::certain::{Span, ends_booking, spans};
use crate::history::{Call, End, History};
use crate::model::words::{Answer, Ask, Refused, Rule, Us, Want};
use crate::model::{HouseRules, Told};

type Law = Result<(), Violation>;

/// The first violation of each law.
pub(super) fn check(history: &History, rules: &HouseRules) -> Vec<Violation> {
    let spans = spans(history);
    let laws = [
        seats_are_exclusive(&spans),
        places_are_not_oversold(history, &spans),
        stock_is_not_oversold(history, &spans),
        a_key_has_one_answer(history, rules),
        an_answer_is_to_the_question(history),
        an_order_is_paid_once(history),
        clients_never_go_back(history),
        accounts_never_go_back(history),
        bookings_survive(history),
    ];
    laws.into_iter().filter_map(Result::err).collect()
}

/// Calls with what they were told and when.
fn told(history: &History) -> impl Iterator<Item = (usize, &Call, &Told, Us)> {
    history
        .calls
        .iter()
        .enumerate()
        .filter_map(|(idx, call)| match &call.end {
            End::Told { returned, told, .. } => Some((idx, call, told, *returned)),
            End::Unknown | End::TurnedAway(_) => None,
        })
}

/// Whoever certainly has a seat has it alone.
fn seats_are_exclusive(spans: &[Span]) -> Law {
    let mut last: BTreeMap<(u32, u32), &Span> = BTreeMap::new();
    for span in spans {
        let Some(claim) = &span.claim else { continue };
        for seat in &claim.seats {
            let before = last.get(&(claim.show, *seat));
            if let Some(before) = before.filter(|before| span.from < before.to) {
                let what = format!("seat {seat} of show {} was given to two", claim.show);
                let calls = [before.call, span.call];
                return Err(Violation::new("a seat has one owner", what, &calls));
            }
            if before.is_none_or(|before| before.to < span.to) {
                last.insert((claim.show, *seat), span);
            }
        }
    }
    Ok(())
}

/// At the start of each span, what all certainly have of it is at most what there was.
fn is_within(
    spans: &[Span],
    of: impl Fn(&Span) -> u64,
    limit_at: impl Fn(Us) -> u64,
) -> Option<(u64, Vec<usize>)> {
    let mut having: Vec<&Span> = Vec::new();
    for span in spans.iter().filter(|span| of(span) > 0) {
        having.retain(|other| span.from < other.to);
        having.push(span);
        let sum = having.iter().map(|span| of(span)).sum();
        if limit_at(span.from) < sum {
            return Some((sum, having.iter().map(|span| span.call).collect()));
        }
    }
    None
}

fn places_are_not_oversold(history: &History, spans: &[Span]) -> Law {
    let mut capacities = BTreeMap::new();
    for call in &history.calls {
        if let Ask::PutShow { show, rules } = &call.request.ask {
            for (capacity, area) in rules.areas.iter().zip(0..) {
                capacities.insert((*show, area), u64::from(*capacity));
            }
        }
    }
    for ((show, area), capacity) in capacities {
        let of = |span: &Span| match &span.claim {
            Some(claim) if claim.show == show => claim
                .places
                .filter(|(of, _)| *of == area)
                .map_or(0, |(_, n)| u64::from(n)),
            _ => 0,
        };
        if let Some((sum, calls)) = is_within(spans, of, |_| capacity) {
            let what = format!("{sum} of {capacity} places of area {area} of show {show}");
            return Err(Violation::new("places are not oversold", what, &calls));
        }
    }
    Ok(())
}

fn stock_is_not_oversold(history: &History, spans: &[Span]) -> Law {
    let mut initial = BTreeMap::new();
    let mut more: Vec<(u32, Us, u64)> = Vec::new();
    for call in &history.calls {
        match call.request.ask {
            Ask::PutProduct {
                product,
                initial: n,
                ..
            } => {
                initial.insert(product, n);
            }
            Ask::Restock { product, n } => {
                more.push((
                    product,
                    call.sent,
                    u64::from(n) * u64::from(call.deliveries),
                ));
            }
            _ => {}
        }
    }
    for (product, initial) in initial {
        let of = |span: &Span| {
            span.items
                .iter()
                .filter(|item| item.0 == product)
                .map(|item| u64::from(item.1))
                .sum()
        };
        let limit_at = |now| {
            let came = more
                .iter()
                .filter(|(of, at, _)| *of == product && *at <= now);
            initial + came.map(|(_, _, n)| n).sum::<u64>()
        };
        if let Some((sum, calls)) = is_within(spans, of, limit_at) {
            let what = format!("{sum} units of product {product} were ordered at once");
            return Err(Violation::new("stock is not oversold", what, &calls));
        }
    }
    Ok(())
}

/// Within the time that a key is kept, every answer under it is the first.
fn a_key_has_one_answer(history: &History, rules: &HouseRules) -> Law {
    let mut first: BTreeMap<(u64, u64), (usize, Us, &Told)> = BTreeMap::new();
    let mut answers: Vec<_> = told(history).collect();
    answers.sort_by_key(|(_, call, ..)| index(call));
    for (idx, call, told, _) in answers {
        // These decided nothing, so nothing is kept.
        let undecided = matches!(
            told.answer,
            Answer::Refused(Refused {
                rule: Rule::Shape | Rule::KeyReused,
                ..
            })
        );
        let Some(key) = call
            .request
            .key
            .filter(|_| !call.request.ask.is_read() && !undecided)
        else {
            continue;
        };
        let at = index(call);
        let Some((of, since, known)) = first.get(&key) else {
            first.insert(key, (idx, at, told));
            continue;
        };
        let refused = matches!(known.answer, Answer::Refused(_));
        let keep_ms = if refused {
            rules.key_refusal_ms
        } else {
            rules.key_effect_ms
        };
        // The first that was seen may itself be a repeat of one kept long before.
        let kept = !known.replayed && at < since + keep_ms * 1_000;
        if kept && (known.answer != told.answer || !told.replayed) {
            let what = format!("key {} was answered twice", key.0);
            return Err(Violation::new("a key has one answer", what, &[*of, idx]));
        }
        if !kept {
            first.insert(key, (idx, at, told));
        }
    }
    Ok(())
}

fn index(call: &Call) -> Us {
    match call.end {
        End::Told { index, .. } => index,
        End::Unknown | End::TurnedAway(_) => 0,
    }
}

/// What is given is what was asked for.
fn an_answer_is_to_the_question(history: &History) -> Law {
    for (idx, call, told, _) in told(history) {
        let right = match (&call.request.ask, &told.answer) {
            (Ask::Hold { want, ttl_ms, .. }, Answer::HoldPlaced(seen)) => {
                let lives = seen.expires_at.checked_sub(seen.placed_at);
                let all = match want {
                    Want::Seats(seats) => *seats == seen.claim.seats,
                    Want::Places { area, n } => seen.claim.places == Some((*area, *n)),
                    Want::Best { n } => seen.claim.seats.len() == *n as usize,
                };
                all && ttl_ms.is_none_or(|ms| lives == Some(ms * 1_000))
            }
            (Ask::PayOutside { reference, .. }, Answer::Paid(seen) | Answer::Credited(seen)) => {
                seen.reference == Some(*reference)
            }
            _ => true,
        };
        if !right {
            let what = "something else was given".into();
            return Err(Violation::new("an answer is to the question", what, &[idx]));
        }
    }
    Ok(())
}

fn an_order_is_paid_once(history: &History) -> Law {
    let mut paid: BTreeMap<u64, (usize, Option<u64>)> = BTreeMap::new();
    for (idx, _, told, _) in told(history).filter(|(_, _, told, _)| !told.replayed) {
        let Answer::Paid(seen) = &told.answer else {
            continue;
        };
        let (first, reference) = *paid.entry(seen.order).or_insert((idx, seen.reference));
        let same = seen.reference.is_some() && seen.reference == reference;
        if first != idx && !same {
            let what = format!("order {} was paid twice", seen.order);
            return Err(Violation::new("an order is paid once", what, &[first, idx]));
        }
    }
    Ok(())
}

/// For each client, positions and indexes only grow.
fn clients_never_go_back(history: &History) -> Law {
    let mut newest: BTreeMap<u32, (u64, Us, Us, usize)> = BTreeMap::new();
    for (idx, call) in history.calls.iter().enumerate() {
        let End::Told {
            position,
            index,
            returned,
            ..
        } = call.end
        else {
            continue;
        };
        if let Some((before, at, known, of)) = newest.get(&call.client)
            && *known <= call.sent
            && (position, index) <= (*before, *at)
        {
            let what = format!("({position}, {index}) came after ({before}, {at})");
            return Err(Violation::new(
                "a client never goes back",
                what,
                &[*of, idx],
            ));
        }
        newest.insert(call.client, (position, index, returned, idx));
    }
    Ok(())
}

/// Nobody sees an older version of an account than somebody was shown before.
fn accounts_never_go_back(history: &History) -> Law {
    let mut seen: BTreeMap<u32, Vec<(Us, u64, usize)>> = BTreeMap::new();
    for (idx, call, told, returned) in told(history).filter(|(_, _, told, _)| !told.replayed) {
        let (Answer::Account(view) | Answer::Charged(view)) = &told.answer else {
            continue;
        };
        let of = seen.entry(view.buyer).or_default();
        let newer = of
            .iter()
            .find(|(when, version, _)| *when < call.sent && view.version < *version);
        if let Some((_, version, before)) = newer {
            let what = format!("version {} was shown after {version}", view.version);
            return Err(Violation::new(
                "accounts never go back",
                what,
                &[*before, idx],
            ));
        }
        of.push((returned, view.version, idx));
    }
    Ok(())
}

/// A booking that nobody touched is there at the end.
fn bookings_survive(history: &History) -> Law {
    let audit = || told(history).filter(|(idx, ..)| history.audit_from <= *idx);
    for (idx, _, told, _) in told(history) {
        let Answer::Booked(booked) = &told.answer else {
            continue;
        };
        let touched = |call: &Call| ends_booking(&call.request.ask, booked.booking, &booked.claim);
        if history.calls.iter().any(touched) {
            continue;
        }
        let reads = |ask: &Ask| matches!(ask, Ask::ReadBooking(id) if *id == booked.booking);
        let Some((read, _, now, _)) = audit().find(|(_, call, ..)| reads(&call.request.ask)) else {
            continue;
        };
        if now.answer != Answer::Booking(booked.clone()) {
            let what = format!("booking {} is not there any more", booked.booking);
            return Err(Violation::new(
                "what is acknowledged survives",
                what,
                &[idx, read],
            ));
        }
    }
    Ok(())
}
