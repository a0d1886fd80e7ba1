//! What a caller says a show is: sections, rows, seats, areas, prices and rules of sale.
//!
//! The spec is stored in the journal as given; a [`crate::layout::Layout`] is what the engine and
//! its followers make of it.

use crate::codec::{wire_enum, wire_struct};
use crate::ids::{Name, Text};
use crate::money::{Amount, Currency};
use crate::time::Instant;

wire_struct! {
    /// A whole show as put by its seller.
    pub struct ShowSpec {
        /// Title for people.
        pub title: Text,
        /// Venue for people.
        pub venue: Text,
        /// When the performance starts.
        pub starts_at: Option<Instant>,
        /// Claims before this moment are refused.
        pub on_sale_at: Option<Instant>,
        /// A closed show refuses new claims; what is claimed stays claimed.
        pub open: bool,
        /// Of every price of the show.
        pub currency: Currency,
        /// Life of a hold that asks for none.
        pub hold_ttl_ms: u64,
        /// Time to pay an order that asks for none.
        pub order_ttl_ms: u64,
        /// Seats and places that one buyer may hold and have booked together.
        pub seats_per_buyer_max: Option<u32>,
        /// Seats or places in one claim.
        pub seats_per_hold_max: Option<u32>,
        /// Kinds of tickets; the first is the default. Empty: one at the full price.
        pub tariffs: Vec<Tariff>,
        /// Numbered seats.
        pub sections: Vec<SectionSpec>,
        /// General admission.
        pub areas: Vec<AreaSpec>,
    }
}

wire_struct! {
    /// A kind of ticket: adult, student.
    pub struct Tariff {
        /// Unique in the show.
        pub code: Name,
        /// For people.
        pub label: Text,
        /// Share of the full price in percent.
        pub percent: u16,
    }
}

wire_struct! {
    /// Rows of seats that share a price.
    pub struct SectionSpec {
        /// Unique in the show.
        pub id: Name,
        /// Put before generated seat ids.
        pub prefix: Text,
        /// Of every seat whose row says nothing else.
        pub price: Amount,
        /// Best first.
        pub rows: Vec<RowSpec>,
    }
}

wire_struct! {
    /// Seats side by side.
    pub struct RowSpec {
        /// Label, as printed on the ticket.
        pub row: Name,
        /// Of every seat of the row, instead of the section's.
        pub price: Option<Amount>,
        /// The seats in order.
        pub seats: RowSeats,
        /// Seats of this row that are not for sale.
        pub not_for_sale: Vec<Name>,
    }
}

wire_enum! {
    /// How the seats of a row are named.
    pub enum RowSeats {
        /// So many seats, named by prefix, row and number from 1.
        Count(u32) = 1,
        /// The caller's own ids, in order.
        Named(Vec<Name>) = 2,
    }
}

wire_struct! {
    /// General admission with a capacity.
    pub struct AreaSpec {
        /// Unique in the show.
        pub id: Name,
        /// Places.
        pub capacity: u32,
        /// Of one place.
        pub price: Amount,
    }
}
