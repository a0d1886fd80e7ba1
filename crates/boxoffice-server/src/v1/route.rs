//! The routing table: which path and method is which call, by one match on the path's segments.
//!
//! Invariants: a path is matched exactly, without a trailing slash; the methods that a refusal
//! with 405 allows are those that the table serves.

use http::Method;

use crate::auth::Role;

/// Segments of the longest path, and one more to notice longer ones.
const SEGMENTS_MAX: usize = 6;

/// The path of each kind of resource, with the names of its ids.
pub const TEMPLATES: [&str; 30] = [
    "/v1/shows",
    "/v1/shows/{show}",
    "/v1/shows/{show}/seats",
    "/v1/shows/{show}/stream",
    "/v1/shows/{show}/holds",
    "/v1/shows/{show}/seats/{seat}/release",
    "/v1/seats/{show}/{seat}/history",
    "/v1/holds/{hold}",
    "/v1/bookings",
    "/v1/bookings/{booking}",
    "/v1/buyers/{buyer}/bookings",
    "/v1/buyers/{buyer}/orders",
    "/v1/products/{product}",
    "/v1/products/{product}/restock",
    "/v1/orders",
    "/v1/orders/{order}",
    "/v1/orders/{order}/payment",
    "/v1/orders/{order}/refund",
    "/v1/orders/{order}/history",
    "/v1/accounts/{buyer}",
    "/v1/accounts/{buyer}/charge",
    "/v1/journal",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/openapi/{document}",
    "/docs",
    "/docs/errors",
    "/docs/errors/{code}",
];

/// The methods that calls use. `HEAD` is a `GET` whose body is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Creates or changes the whole.
    Put,
    /// Creates, or does something.
    Post,
    /// Changes a part.
    Patch,
    /// Removes or gives back.
    Delete,
}

/// What a path names. Ids are decoded, but not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource<'p> {
    /// All shows.
    Shows,
    /// One show.
    Show(&'p str),
    /// Its seat map.
    Seats(&'p str),
    /// Its live changes.
    Stream(&'p str),
    /// Where holds are placed.
    Holds(&'p str),
    /// Where an operator frees a seat: show and seat.
    SeatRelease(&'p str, &'p str),
    /// What happened to a seat: show and seat.
    SeatHistory(&'p str, &'p str),
    /// One hold.
    Hold(&'p str),
    /// Where bookings are made.
    Bookings,
    /// One booking.
    Booking(&'p str),
    /// A buyer's bookings.
    BuyerBookings(&'p str),
    /// A buyer's orders.
    BuyerOrders(&'p str),
    /// One product.
    Product(&'p str),
    /// Where its stock grows.
    Restock(&'p str),
    /// Where orders are placed.
    Orders,
    /// One order.
    Order(&'p str),
    /// Where it is paid.
    Payment(&'p str),
    /// Where it is refunded.
    Refund(&'p str),
    /// What happened to it.
    OrderHistory(&'p str),
    /// A buyer's account.
    Account(&'p str),
    /// Where it is charged.
    Charge(&'p str),
    /// The feed.
    Journal,
    /// Whether the process lives.
    Healthz,
    /// Whether it serves.
    Readyz,
    /// Figures for Prometheus.
    Metrics,
    /// The native API's description.
    OpenApi,
    /// A dialect's description, by its file name.
    OpenApiDialect(&'p str),
    /// The readable description.
    Docs,
    /// All error codes.
    DocsErrors,
    /// The page of an error code.
    DocsError(&'p str),
}

/// One call: a resource and what is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'p> {
    /// On what.
    pub resource: Resource<'p>,
    /// What.
    pub verb: Verb,
}

/// Why a request is no call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unrouted {
    /// No call has this path.
    NoPath,
    /// The path has calls, but none with this method; the value of `Allow`.
    NoMethod(String),
}

impl Verb {
    /// All, in the order in which `Allow` lists them.
    pub const ALL: [Self; 5] = [Self::Get, Self::Put, Self::Post, Self::Patch, Self::Delete];

    /// The verb of a method, if any call uses it.
    #[must_use]
    pub fn of(method: &Method) -> Option<Self> {
        match *method {
            Method::GET | Method::HEAD => Some(Self::Get),
            Method::PUT => Some(Self::Put),
            Method::POST => Some(Self::Post),
            Method::PATCH => Some(Self::Patch),
            Method::DELETE => Some(Self::Delete),
            _ => None,
        }
    }

    /// The method's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Finds the call of a request. `path` is decoded as a whole: no segment has an escaped slash.
///
/// # Errors
/// [`Unrouted`], with nothing read but the request line.
pub fn route<'p>(method: &Method, path: &'p str) -> Result<Call<'p>, Unrouted> {
    let resource = Resource::of(path).ok_or(Unrouted::NoPath)?;
    match Verb::of(method) {
        Some(verb) if resource.takes(verb) => Ok(Call { resource, verb }),
        _ => Err(Unrouted::NoMethod(resource.allow())),
    }
}

impl<'p> Resource<'p> {
    /// What a path names, if anything.
    #[must_use]
    pub fn of(path: &'p str) -> Option<Self> {
        let mut segments = [""; SEGMENTS_MAX];
        let mut n_segments = 0;
        for segment in path.strip_prefix('/')?.split('/') {
            if segment.is_empty() {
                return None;
            }
            *segments.get_mut(n_segments)? = segment;
            n_segments += 1;
        }
        match *segments.get(..n_segments)? {
            ["v1", "shows"] => Some(Self::Shows),
            ["v1", "shows", show] => Some(Self::Show(show)),
            ["v1", "shows", show, "seats"] => Some(Self::Seats(show)),
            ["v1", "shows", show, "stream"] => Some(Self::Stream(show)),
            ["v1", "shows", show, "holds"] => Some(Self::Holds(show)),
            ["v1", "shows", show, "seats", seat, "release"] => Some(Self::SeatRelease(show, seat)),
            ["v1", "seats", show, seat, "history"] => Some(Self::SeatHistory(show, seat)),
            ["v1", "holds", hold] => Some(Self::Hold(hold)),
            ["v1", "bookings"] => Some(Self::Bookings),
            ["v1", "bookings", booking] => Some(Self::Booking(booking)),
            ["v1", "buyers", buyer, "bookings"] => Some(Self::BuyerBookings(buyer)),
            ["v1", "buyers", buyer, "orders"] => Some(Self::BuyerOrders(buyer)),
            ["v1", "products", product] => Some(Self::Product(product)),
            ["v1", "products", product, "restock"] => Some(Self::Restock(product)),
            ["v1", "orders"] => Some(Self::Orders),
            ["v1", "orders", order] => Some(Self::Order(order)),
            ["v1", "orders", order, "payment"] => Some(Self::Payment(order)),
            ["v1", "orders", order, "refund"] => Some(Self::Refund(order)),
            ["v1", "orders", order, "history"] => Some(Self::OrderHistory(order)),
            ["v1", "accounts", buyer] => Some(Self::Account(buyer)),
            ["v1", "accounts", buyer, "charge"] => Some(Self::Charge(buyer)),
            ["v1", "journal"] => Some(Self::Journal),
            ["healthz"] => Some(Self::Healthz),
            ["readyz"] => Some(Self::Readyz),
            ["metrics"] => Some(Self::Metrics),
            ["openapi.json"] => Some(Self::OpenApi),
            ["openapi", file] => Some(Self::OpenApiDialect(file)),
            ["docs"] => Some(Self::Docs),
            ["docs", "errors"] => Some(Self::DocsErrors),
            ["docs", "errors", code] => Some(Self::DocsError(code)),
            _ => None,
        }
    }

    /// The number of its kind: its place in [`TEMPLATES`].
    #[must_use]
    pub fn kind(self) -> usize {
        match self {
            Self::Shows => 0,
            Self::Show(_) => 1,
            Self::Seats(_) => 2,
            Self::Stream(_) => 3,
            Self::Holds(_) => 4,
            Self::SeatRelease(..) => 5,
            Self::SeatHistory(..) => 6,
            Self::Hold(_) => 7,
            Self::Bookings => 8,
            Self::Booking(_) => 9,
            Self::BuyerBookings(_) => 10,
            Self::BuyerOrders(_) => 11,
            Self::Product(_) => 12,
            Self::Restock(_) => 13,
            Self::Orders => 14,
            Self::Order(_) => 15,
            Self::Payment(_) => 16,
            Self::Refund(_) => 17,
            Self::OrderHistory(_) => 18,
            Self::Account(_) => 19,
            Self::Charge(_) => 20,
            Self::Journal => 21,
            Self::Healthz => 22,
            Self::Readyz => 23,
            Self::Metrics => 24,
            Self::OpenApi => 25,
            Self::OpenApiDialect(_) => 26,
            Self::Docs => 27,
            Self::DocsErrors => 28,
            Self::DocsError(_) => 29,
        }
    }

    /// The path with the names of its ids, as in the OpenAPI document.
    #[must_use]
    pub fn template(self) -> &'static str {
        TEMPLATES[self.kind()]
    }

    /// Whether there is a call with this verb.
    #[must_use]
    pub fn takes(self, verb: Verb) -> bool {
        match self {
            Self::Show(_) | Self::Product(_) => matches!(verb, Verb::Get | Verb::Put),
            Self::Hold(_) => matches!(verb, Verb::Get | Verb::Patch | Verb::Delete),
            Self::Booking(_) | Self::Order(_) => matches!(verb, Verb::Get | Verb::Delete),
            Self::Holds(_)
            | Self::SeatRelease(..)
            | Self::Bookings
            | Self::Restock(_)
            | Self::Orders
            | Self::Payment(_)
            | Self::Refund(_)
            | Self::Charge(_) => verb == Verb::Post,
            Self::Shows
            | Self::Seats(_)
            | Self::Stream(_)
            | Self::SeatHistory(..)
            | Self::BuyerBookings(_)
            | Self::BuyerOrders(_)
            | Self::OrderHistory(_)
            | Self::Account(_)
            | Self::Journal
            | Self::Healthz
            | Self::Readyz
            | Self::Metrics
            | Self::OpenApi
            | Self::OpenApiDialect(_)
            | Self::Docs
            | Self::DocsErrors
            | Self::DocsError(_) => verb == Verb::Get,
        }
    }

    /// Whether anybody may ask, with or without a key: what says nothing about the house.
    #[must_use]
    pub fn is_public(self) -> bool {
        matches!(
            self,
            Self::Healthz
                | Self::Readyz
                | Self::OpenApi
                | Self::OpenApiDialect(_)
                | Self::Docs
                | Self::DocsErrors
                | Self::DocsError(_)
        )
    }

    /// Whether its reads are answered from the views alone.
    #[must_use]
    pub fn is_viewed(self) -> bool {
        matches!(
            self,
            Self::Shows | Self::Seats(_) | Self::Stream(_) | Self::SeatHistory(..) | Self::Journal
        )
    }

    fn allow(self) -> String {
        let mut allow = String::new();
        for verb in Verb::ALL.into_iter().filter(|verb| self.takes(*verb)) {
            if !allow.is_empty() {
                allow.push_str(", ");
            }
            allow.push_str(verb.name());
            if verb == Verb::Get {
                allow.push_str(", HEAD");
            }
        }
        allow
    }
}

impl Call<'_> {
    /// How many numbers [`Self::number`] may give.
    pub const NUMBERS: usize = TEMPLATES.len() * Verb::ALL.len();

    /// A number for this call, whatever its ids: that of its kind and verb.
    #[must_use]
    pub fn number(self) -> usize {
        self.resource.kind() * Verb::ALL.len() + self.verb as usize
    }

    /// The role that a key needs. What shows the doings of all sellers is an admin's.
    #[must_use]
    pub fn role(self) -> Role {
        match (self.resource, self.verb) {
            (Resource::Show(_) | Resource::Product(_), Verb::Put)
            | (
                Resource::Restock(_)
                | Resource::SeatRelease(..)
                | Resource::SeatHistory(..)
                | Resource::Journal
                | Resource::Metrics,
                _,
            ) => Role::Admin,
            _ => Role::Seller,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use boxoffice_api::openapi::{self, Api};

    use super::*;

    #[test]
    fn every_call_of_the_document_is_served_and_the_other_way_round() {
        let documented: BTreeSet<(String, String)> =
            openapi::routes(&openapi::document(Api::Native))
                .into_iter()
                .collect();
        let mut served = BTreeSet::new();
        for template in TEMPLATES {
            let resource = Resource::of(template).expect("a template is a path like any other");
            for verb in Verb::ALL.into_iter().filter(|verb| resource.takes(*verb)) {
                served.insert((verb.name().to_owned(), template.to_owned()));
            }
        }
        assert_eq!(served, documented);
    }

    #[test]
    fn calls_have_numbers_of_their_own() {
        let mut numbers = BTreeSet::new();
        for (kind, template) in TEMPLATES.into_iter().enumerate() {
            let resource = Resource::of(template).unwrap();
            assert_eq!((resource.kind(), resource.template()), (kind, template));
            for verb in Verb::ALL {
                let number = Call { resource, verb }.number();
                assert!(
                    number < Call::NUMBERS && numbers.insert(number),
                    "{template} {verb:?}"
                );
            }
        }
    }

    #[test]
    fn paths_are_matched_exactly() {
        for path in [
            "",
            "/",
            "v1/shows",
            "/v1",
            "/v1/",
            "/v1/shows/",
            "/v1/shows/a/",
            "//v1/shows",
            "/v1//shows",
            "/v1/shows/a/seats/b",
            "/v1/shows/a/seats/b/release/c",
            "/v2/shows",
            "/v1/holds",
            "/v1/accounts",
            "/V1/shows",
            "/healthz/",
            "/docs/errors/a/b",
            "*",
            "/v1/shows/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p",
        ] {
            assert_eq!(route(&Method::GET, path), Err(Unrouted::NoPath), "{path}");
        }
        let call = route(&Method::POST, "/v1/shows/a:1/seats/b.2/release").unwrap();
        assert_eq!(call.resource, Resource::SeatRelease("a:1", "b.2"));
        // An id may be any word, those of the paths included.
        let call = route(&Method::GET, "/v1/shows/seats").unwrap();
        assert_eq!(call.resource, Resource::Show("seats"));
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let allow = |method: &str, path| {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            match route(&method, path) {
                Err(Unrouted::NoMethod(allow)) => allow,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(allow("POST", "/v1/shows/a"), "GET, HEAD, PUT");
        assert_eq!(allow("PUT", "/v1/holds/a"), "GET, HEAD, PATCH, DELETE");
        assert_eq!(allow("GET", "/v1/orders"), "POST");
        assert_eq!(allow("HEAD", "/v1/orders"), "POST");
        assert_eq!(allow("OPTIONS", "/v1/shows"), "GET, HEAD");
        assert_eq!(allow("TRACE", "/v1/shows"), "GET, HEAD");
        assert_eq!(allow("get", "/v1/shows"), "GET, HEAD");
        assert!(route(&Method::HEAD, "/v1/shows").is_ok());
    }

    #[test]
    fn what_sets_up_the_house_or_shows_all_sellers_is_an_admins() {
        let mut admin = BTreeSet::new();
        for template in TEMPLATES {
            let resource = Resource::of(template).unwrap();
            for verb in Verb::ALL.into_iter().filter(|verb| resource.takes(*verb)) {
                if (Call { resource, verb }).role() == Role::Admin {
                    assert!(!resource.is_public());
                    admin.insert(format!("{} {template}", verb.name()));
                }
            }
        }
        let admin: Vec<_> = admin.iter().map(String::as_str).collect();
        assert_eq!(
            admin,
            [
                "GET /metrics",
                "GET /v1/journal",
                "GET /v1/seats/{show}/{seat}/history",
                "POST /v1/products/{product}/restock",
                "POST /v1/shows/{show}/seats/{seat}/release",
                "PUT /v1/products/{product}",
                "PUT /v1/shows/{show}",
            ]
        );
    }
}
