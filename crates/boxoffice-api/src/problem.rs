//! The body of every refusal and error of the native API: RFC 9457 `application/problem+json`.
//!
//! Invariants: `type`, `title`, `status` and `code` always come from one [`ErrorCode`].

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::read::Misread;
use crate::schema;
use crate::{ErrorCode, Fault, Faults, Text, Timestamp};

/// The media type of a rendered [`Problem`].
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal or an error as the client sees it. Empty members are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem<'a> {
    /// What kind of problem; gives `type`, `title`, `status` and `code`.
    pub code: ErrorCode,
    /// What happened, what it means for the caller's data, and what to do.
    pub detail: Text<'a>,
    /// The id of the request, to find it in the logs.
    pub instance: Option<Box<str>>,
    /// The newest journal position that the refusal rests on.
    pub position: Option<u64>,
    /// When to try again, in milliseconds; the same as `Retry-After`, but exact.
    pub retry_after_ms: Option<u32>,
    /// Who is in the way, for a lost claim.
    pub conflicts: Vec<Conflict<'a>>,
    /// What is wrong with the request, for `validation` and `malformed`.
    pub errors: Box<[Fault]>,
    /// What is too little, for `limit-reached` and `insufficient-balance`.
    pub shortfall: Option<Box<Shortfall>>,
}

/// One thing that was wanted and could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict<'a> {
    /// The seat, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<Text<'a>>,
    /// The area, if places were wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<Text<'a>>,
    /// The product, if stock was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<Text<'a>>,
    /// Why it could not be had.
    pub status: ConflictStatus,
    /// When the claim that is in the way ends, unless it becomes a booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_at: Option<Timestamp>,
    /// How much is left, for places and stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<u64>,
}

/// Why something could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictStatus {
    /// Someone's hold or unpaid order has it, perhaps the caller's own.
    Held,
    /// It is booked.
    Booked,
    /// It is never for sale.
    NotForSale,
    /// The show has no such seat or area.
    Unknown,
    /// Less is left than was wanted.
    SoldOut,
}

impl ConflictStatus {
    /// Every status, for the schema.
    pub const NAMES: [&'static str; 5] = ["held", "booked", "not_for_sale", "unknown", "sold_out"];
}

/// Figures of a refusal; rare, so a [`Problem`] keeps them in a box and stays small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// The member `limit`.
    Limit(LimitHit),
    /// The member `funds`.
    Funds(Funds),
}

/// A limit that the request would exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LimitHit {
    /// The name of the limit, such as `seats_per_buyer_max`.
    pub rule: &'static str,
    /// The limit.
    pub max: u64,
    /// How much of it is used already.
    pub used: u64,
    /// How much was asked for.
    pub asked: u64,
}

/// An account that does not hold enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Funds {
    /// What the account holds, in minor units.
    pub balance: i64,
    /// What the order costs, in minor units.
    pub needed: i64,
}

impl<'a> Problem<'a> {
    /// A problem with nothing but its code and its explanation.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<Text<'a>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            instance: None,
            position: None,
            retry_after_ms: None,
            conflicts: Vec::new(),
            errors: Box::default(),
            shortfall: None,
        }
    }

    /// The problem for a request that was read and found to be wrong.
    #[must_use]
    pub fn validation(faults: Faults) -> Self {
        let total = faults.total();
        let (verb, noun) = if total == 1 {
            ("is", "fault")
        } else {
            ("are", "faults")
        };
        let detail = format!(
            "There {verb} {total} {noun} in the request; nothing was changed. Correct what \
             `errors` lists and send it again."
        );
        Self {
            errors: faults.into_vec().into_boxed_slice(),
            ..Self::new(ErrorCode::Validation, detail)
        }
    }

    /// The problem for a body that is not JSON of the right shape.
    #[must_use]
    pub fn malformed(misread: &Misread) -> Self {
        let detail = format!("The body cannot be read, so nothing was changed: {misread}.");
        Self {
            errors: misread.fault().cloned().into_iter().collect(),
            ..Self::new(ErrorCode::Malformed, detail)
        }
    }

    /// Adds the journal position that the refusal rests on.
    #[must_use]
    pub fn at_position(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }

    /// Adds when to try again, in milliseconds.
    #[must_use]
    pub fn retry_after_ms(mut self, retry_after_ms: u32) -> Self {
        self.retry_after_ms = Some(retry_after_ms);
        self
    }

    /// Adds who is in the way.
    #[must_use]
    pub fn with_conflicts(mut self, conflicts: Vec<Conflict<'a>>) -> Self {
        self.conflicts = conflicts;
        self
    }

    /// Adds the id of the request.
    #[must_use]
    pub fn for_request(mut self, id: &str) -> Self {
        self.instance = Some(id.into());
        self
    }

    /// Adds the limit that would be exceeded.
    #[must_use]
    pub fn with_limit(mut self, limit: LimitHit) -> Self {
        self.shortfall = Some(Box::new(Shortfall::Limit(limit)));
        self
    }

    /// Adds what the account holds and what is needed.
    #[must_use]
    pub fn with_funds(mut self, funds: Funds) -> Self {
        self.shortfall = Some(Box::new(Shortfall::Funds(funds)));
        self
    }

    /// Renders the body.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        crate::v1::to_json(self)
    }
}

impl<'a> Conflict<'a> {
    /// A seat that could not be had.
    #[must_use]
    pub fn seat(seat: impl Into<Text<'a>>, status: ConflictStatus) -> Self {
        Self {
            seat: Some(seat.into()),
            ..Self::bare(status)
        }
    }

    /// An area with `available` places left, fewer than wanted.
    #[must_use]
    pub fn area(area: impl Into<Text<'a>>, available: u64) -> Self {
        let bare = Self::bare(ConflictStatus::SoldOut);
        Self {
            area: Some(area.into()),
            available: Some(available),
            ..bare
        }
    }

    /// A product with `available` units left, fewer than wanted.
    #[must_use]
    pub fn product(product: impl Into<Text<'a>>, available: u64) -> Self {
        let bare = Self::bare(ConflictStatus::SoldOut);
        Self {
            product: Some(product.into()),
            available: Some(available),
            ..bare
        }
    }

    /// Says when the claim that is in the way ends.
    #[must_use]
    pub fn free_at(mut self, free_at: Option<Timestamp>) -> Self {
        self.free_at = free_at;
        self
    }

    const fn bare(status: ConflictStatus) -> Self {
        Self {
            seat: None,
            area: None,
            product: None,
            status,
            free_at: None,
            available: None,
        }
    }
}

impl Serialize for Problem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.code.type_uri())?;
        map.serialize_entry("title", self.code.title())?;
        map.serialize_entry("status", &self.code.status())?;
        map.serialize_entry("code", self.code.name())?;
        map.serialize_entry("detail", &self.detail)?;
        let Self {
            code: _,
            detail: _,
            instance,
            position,
            retry_after_ms,
            ..
        } = self;
        entry_if_some(&mut map, "instance", instance.as_ref())?;
        entry_if_some(&mut map, "position", position.as_ref())?;
        entry_if_some(&mut map, "retry_after_ms", retry_after_ms.as_ref())?;
        let conflicts = (!self.conflicts.is_empty()).then_some(&self.conflicts);
        entry_if_some(&mut map, "conflicts", conflicts)?;
        let errors = (!self.errors.is_empty()).then_some(&self.errors);
        entry_if_some(&mut map, "errors", errors)?;
        match self.shortfall.as_deref() {
            Some(Shortfall::Limit(limit)) => map.serialize_entry("limit", limit)?,
            Some(Shortfall::Funds(funds)) => map.serialize_entry("funds", funds)?,
            None => {}
        }
        map.end()
    }
}

fn entry_if_some<M: SerializeMap>(
    map: &mut M,
    name: &'static str,
    value: Option<&impl Serialize>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(name, value),
        None => Ok(()),
    }
}

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    std::iter::once(problem_schema())
        .chain(part_schemas())
        .collect()
}

fn problem_schema() -> schema::Named {
    use schema::{count, list, of, opt, req, string, words};
    let codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
    schema::response(
        "Problem",
        "A refusal or an error (RFC 9457)",
        vec![
            req("type", string("URI reference of the page about this code")),
            req(
                "title",
                string("Short summary, the same for every occurrence"),
            ),
            req("status", count("HTTP status")),
            req("code", words(&codes, "What kind of problem")),
            req("detail", string("What happened, what it means, what to do")),
            opt("instance", string("Id of the request")),
            opt(
                "position",
                count("Newest journal position that the refusal rests on"),
            ),
            opt(
                "retry_after_ms",
                count("When to try again, in milliseconds"),
            ),
            opt("conflicts", list(of("Conflict"), "Who is in the way")),
            opt(
                "errors",
                list(of("Fault"), "What is wrong with the request"),
            ),
            opt("limit", of("LimitHit")),
            opt("funds", of("Funds")),
        ],
    )
}

fn part_schemas() -> [schema::Named; 4] {
    use schema::{amount, count, id, opt, req, string, time, words};
    [
        schema::response(
            "Conflict",
            "One thing that was wanted and could not be had",
            vec![
                opt("seat", id("The seat, if it is one")),
                opt("area", id("The area, if places were wanted")),
                opt("product", id("The product, if stock was wanted")),
                req(
                    "status",
                    words(&ConflictStatus::NAMES, "Why it could not be had"),
                ),
                opt(
                    "free_at",
                    time("When the claim ends, unless it becomes a booking"),
                ),
                opt("available", count("How much is left, for places and stock")),
            ],
        ),
        schema::response(
            "Fault",
            "One thing that is wrong with a request",
            vec![
                req("pointer", string("JSON pointer into the body, or `?name`")),
                req("detail", string("What is wrong and what would be right")),
            ],
        ),
        schema::response(
            "LimitHit",
            "A limit that the request would exceed",
            vec![
                req("rule", string("Name of the limit")),
                req("max", count("The limit")),
                req("used", count("How much of it is used already")),
                req("asked", count("How much was asked for")),
            ],
        ),
        schema::response(
            "Funds",
            "An account that does not hold enough",
            vec![
                req("balance", amount("What it holds, in minor units")),
                req("needed", amount("What the order costs, in minor units")),
            ],
        ),
    ]
}
