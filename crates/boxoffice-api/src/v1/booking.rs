//! Bookings: a final claim on seats or places.
//!
//! Invariants: a valid request either uses a hold with its token, or claims in one step.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::hold::{self, BestRequest, Claim, PlacesItem, PlacesRequest, SeatItem};
use crate::schema;
use crate::validate::{Faults, Pointer, Validate};
use crate::{Currency, Text, Timestamp};

/// Body of `POST /v1/bookings`: `{hold, token}`, or `{buyer, show}` and one claim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BookingRequest {
    /// Id of the hold to book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// The token that came with the hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// If given, it must be the hold's current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
    /// Who books, in one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<String>,
    /// Id of the show, in one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show: Option<String>,
    /// Ids of the seats, in one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<Vec<String>>,
    /// Places of an area, in one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<PlacesRequest>,
    /// Any seats next to each other, in one step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<BestRequest>,
    /// Price group, in one step; absent: the first of the show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff: Option<String>,
}

/// Which of its two forms a booking request has, after validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookingSource<'a> {
    /// Turn a hold into a booking.
    Hold {
        /// Id of the hold.
        hold: &'a str,
        /// Its token.
        token: &'a str,
        /// If given, it must be the current one.
        fence: Option<u64>,
    },
    /// Claim and book at once.
    Direct {
        /// Who books.
        buyer: &'a str,
        /// Id of the show.
        show: &'a str,
        /// What is claimed.
        claim: Claim<'a>,
        /// Price group.
        tariff: Option<&'a str>,
    },
}

/// Body of `DELETE /v1/bookings/{booking}`, which may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CancelBookingRequest {
    /// Only these seats; absent: the whole booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<Vec<String>>,
}

/// A booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BookingResponse<'a> {
    /// Id of the booking.
    pub booking: Text<'a>,
    /// Id of the show.
    pub show: Text<'a>,
    /// Who booked.
    pub buyer: Text<'a>,
    /// Seats that are booked now; cancelled ones are gone.
    pub seats: Vec<SeatItem<'a>>,
    /// Places that are booked now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<PlacesItem<'a>>,
    /// Price of what is booked now, in minor units.
    pub amount: i64,
    /// Currency of the prices.
    pub currency: Currency,
    /// Whether anything of it is left.
    pub status: BookingStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Id of the order that paid for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Text<'a>>,
}

/// Whether a booking still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingStatus {
    /// Something of it is booked.
    Confirmed,
    /// All of it was cancelled.
    Cancelled,
}

impl BookingStatus {
    /// The names on the wire.
    pub const NAMES: [&'static str; 2] = ["confirmed", "cancelled"];
}

/// Reply to `GET /v1/buyers/{buyer}/bookings`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BookingList<'a> {
    /// Whose they are.
    pub buyer: Text<'a>,
    /// One page of them.
    pub bookings: Vec<BookingResponse<'a>>,
    /// Value of `before` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Text<'a>>,
}

impl BookingRequest {
    /// The form of the request; `None` only if it is not valid.
    #[must_use]
    pub fn source(&self) -> Option<BookingSource<'_>> {
        let claim = hold::claim(
            self.seats.as_ref(),
            self.places.as_ref(),
            self.best.as_ref(),
        );
        match (&self.hold, &self.token, &self.buyer, &self.show, claim) {
            (Some(hold), Some(token), None, None, None) if self.names_no_claim() => {
                Some(BookingSource::Hold {
                    hold,
                    token,
                    fence: self.fence,
                })
            }
            (None, None, Some(buyer), Some(show), Some(claim)) if self.fence.is_none() => {
                let tariff = self.tariff.as_deref();
                Some(BookingSource::Direct {
                    buyer,
                    show,
                    claim,
                    tariff,
                })
            }
            _ => None,
        }
    }

    fn names_no_claim(&self) -> bool {
        let no_claim = self.seats.is_none() && self.places.is_none() && self.best.is_none();
        no_claim && self.tariff.is_none()
    }
}

impl Validate for BookingRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        match self.source() {
            Some(BookingSource::Hold {
                hold,
                token,
                fence: _,
            }) => {
                faults.id(&at.key("hold"), hold);
                faults.token(&at.key("token"), token);
            }
            Some(BookingSource::Direct {
                buyer,
                show,
                claim,
                tariff,
            }) => {
                faults.id(&at.key("buyer"), buyer);
                faults.id(&at.key("show"), show);
                claim.check(at, faults);
                if let Some(tariff) = tariff {
                    faults.id(&at.key("tariff"), tariff);
                }
            }
            None => faults.add(
                at,
                "must have either hold and token (and perhaps fence), or buyer, show and \
                 exactly one of seats, places and best (and perhaps tariff)",
            ),
        }
    }
}

impl Validate for CancelBookingRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        if let Some(seats) = &self.seats {
            hold::check_seats(&at.key("seats"), seats, faults);
        }
    }
}

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    request_schemas()
        .into_iter()
        .chain(response_schemas())
        .collect()
}

fn request_schemas() -> [schema::Named; 2] {
    use schema::{count, id, of, opt, own_id};
    let booking = schema::request(
        "BookingRequest",
        "Books a hold, or claims and books in one step",
        vec![
            opt("hold", own_id("Id of the hold to book")),
            opt("token", own_id("The token that came with the hold")),
            opt(
                "fence",
                count("If given, it must be the hold's current one"),
            ),
            opt("buyer", id("Who books, in one step")),
            opt("show", id("Id of the show, in one step")),
            opt("seats", schema::seat_ids("Ids of the seats, in one step")),
            opt("places", of("PlacesRequest")),
            opt("best", of("BestRequest")),
            opt(
                "tariff",
                id("Price group, in one step; absent: the first of the show"),
            ),
        ],
        json!({"hold": "h1", "token": "the-token-of-the-hold"}),
    );
    let direct = |claim| ["buyer", "show", claim];
    [
        schema::one_of(
            booking,
            &[
                &["hold", "token"],
                &direct("seats"),
                &direct("places"),
                &direct("best"),
            ],
        ),
        schema::request(
            "CancelBookingRequest",
            "Cancels a booking or some of its seats",
            vec![opt(
                "seats",
                schema::seat_ids("Only these; absent: the whole booking"),
            )],
            json!({"seats": ["A2"]}),
        ),
    ]
}

fn response_schemas() -> [schema::Named; 2] {
    use schema::{currency, id, list, of, opt, own_id, req, time};
    [
        schema::response(
            "Booking",
            "A booking",
            vec![
                req("booking", own_id("Id of the booking")),
                req("show", id("Id of the show")),
                req("buyer", id("Who booked")),
                req("seats", list(of("SeatItem"), "Seats that are booked now")),
                opt("places", of("PlacesItem")),
                req(
                    "amount",
                    schema::amount("Price of what is booked, in minor units"),
                ),
                req("currency", currency("Currency of the prices")),
                req(
                    "status",
                    schema::words(&BookingStatus::NAMES, "Whether it still stands"),
                ),
                req("created_at", time("When it was made")),
                opt("order", own_id("Id of the order that paid for it")),
            ],
        ),
        schema::response(
            "BookingList",
            "A buyer's bookings, newest first",
            vec![
                req("buyer", id("Whose they are")),
                req("bookings", list(of("Booking"), "One page of them")),
                opt("next", own_id("Value of `before` for the next page")),
            ],
        ),
    ]
}
