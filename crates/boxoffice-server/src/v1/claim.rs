//! Claims in both directions: what a request wants, and the seats and places of a reply.

use boxoffice_api::v1::hold::{Claim, PlacesItem, SeatItem};
use boxoffice_engine::command::{SeatKey, TariffKey, Want};
use boxoffice_engine::ids::Name;
use boxoffice_engine::layout::Layout;
use boxoffice_engine::money;
use boxoffice_engine::reply::ClaimView;

use super::{count, valid};
use crate::problem::Asked;

/// What the engine is asked for.
pub(super) fn want(claim: Claim<'_>, tariff: Option<&str>) -> Want {
    let tariff = tariff.map_or(TariffKey::Default, |code| TariffKey::Code(valid(code)));
    match claim {
        Claim::Seats(seats) => {
            let seat = |id: &String| (SeatKey::Named(valid(id)), tariff.clone());
            Want::Seats(seats.iter().map(seat).collect())
        }
        Claim::Places(places) => Want::Places {
            area: valid(&places.area),
            quantity: count(places.quantity),
            tariff,
        },
        Claim::Best(best) => Want::Best {
            quantity: count(best.quantity),
            section: best.section.as_deref().map(valid),
            tariff,
        },
    }
}

/// What a refusal of this want has to be explained with.
pub(super) fn asked(want: &Want) -> Asked {
    match want {
        Want::Seats(_) => Asked::Other,
        Want::Places { area, .. } => Asked::Places(area.clone()),
        Want::Best { .. } => Asked::Best,
    }
}

/// The seats of a claim. A seat that the show has no more keeps its id and price.
pub(super) fn seats<'a>(claim: &ClaimView, layout: &'a Layout) -> Vec<SeatItem<'a>> {
    let item = |view: &boxoffice_engine::reply::SeatView| SeatItem {
        seat: layout.seat_name(view.seat).into(),
        section: layout
            .section_of(view.seat)
            .map_or("", |section| section.id.as_str())
            .into(),
        row: layout
            .row_of(view.seat)
            .map_or("", |row| row.label.as_str())
            .into(),
        number: layout.number_in_row(view.seat).unwrap_or(0),
        price: view.price.0,
    };
    claim.seats.iter().map(item).collect()
}

/// The places of a claim, at the price at which they were claimed.
pub(super) fn places<'a>(claim: &ClaimView, layout: &'a Layout) -> Option<PlacesItem<'a>> {
    let places = claim.places.as_ref()?;
    let area = layout.areas.get(places.area.at())?;
    Some(PlacesItem {
        area: area.id.as_str().into(),
        quantity: u64::from(places.quantity),
        price: places.price.0,
    })
}

/// The wire's currency. Every currency of a house was checked on its way in.
pub(super) fn currency(currency: money::Currency) -> boxoffice_api::Currency {
    boxoffice_api::Currency::parse(currency.as_str())
        .expect("a house takes currencies of ISO 4217 only")
}

/// An id that the wire types checked.
pub(super) fn names(ids: Option<Vec<String>>) -> Vec<Name> {
    ids.unwrap_or_default().iter().map(|id| valid(id)).collect()
}
