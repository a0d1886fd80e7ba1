//! Every reason why a request can be refused or fail, with what a client may conclude from it.
//!
//! Invariants:
//! * Names and statuses are part of the wire format and never change within a major version.
//! * Each code has its page under `docs/errors/`, and the page is compiled in: a missing page
//!   does not build.
//! * A code of status 503 is always retryable and goes out with `Retry-After`.

/// Whether the same request, sent again later, may get another answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    /// Temporary: worth sending again, unchanged and with the same key, after `Retry-After`.
    Later,
    /// The request or what it asks for has to change first.
    Futile,
}

/// What a request with this answer may have left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Certainly nothing.
    None,
    /// Perhaps everything: only a repeat with the same key, or reading, can tell.
    Unknown,
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $status:literal $name:literal $title:literal
        $retry:ident $effect:ident;)+) => {
        /// The kind of a [`crate::Problem`]; its `type` and `code` on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[doc = $doc])+ $variant,)+ }

        impl ErrorCode {
            /// Every code, in the order of its status.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name on the wire, in kebab-case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The relative URI reference that is the `type` of the problem; it serves the page.
            #[must_use]
            pub const fn type_uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("/docs/errors/", $name),)+ }
            }

            /// A short summary, the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The HTTP status of the native API.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// The page about this code, as Markdown.
            #[must_use]
            pub const fn page_markdown(self) -> &'static str {
                match self {
                    $(Self::$variant =>
                        include_str!(concat!("../../../docs/errors/", $name, ".md")),)+
                }
            }

            const fn retry(self) -> Retry {
                match self { $(Self::$variant => Retry::$retry,)+ }
            }

            const fn effect(self) -> Effect {
                match self { $(Self::$variant => Effect::$effect,)+ }
            }
        }
    };
}

error_codes! {
    /// The request is not what HTTP or JSON allow, or a field has the wrong type or name.
    Malformed = 400 "malformed" "The request cannot be read" Futile None;
    /// The server is set to require an `Idempotency-Key` and there is none.
    IdempotencyKeyRequired = 400 "idempotency-key-required"
        "An idempotency key is required" Futile None;
    /// No API key, or one that is unknown or revoked.
    Unauthorized = 401 "unauthorized" "A valid API key is required" Futile None;
    /// The API key is known but may not do this.
    Forbidden = 403 "forbidden" "This key may not do that" Futile None;
    /// A web page of an origin that is not allowed sent the request.
    CrossOrigin = 403 "cross-origin" "Requests from this origin are not allowed" Futile None;
    /// It does not exist, or belongs to someone else; the two cannot be told apart.
    NotFound = 404 "not-found" "No such thing, or not yours" Futile None;
    /// The path exists, but not with this method.
    MethodNotAllowed = 405 "method-not-allowed" "The method is not allowed here" Futile None;
    /// The client accepts none of the types that this path can answer with.
    NotAcceptable = 406 "not-acceptable" "No acceptable representation" Futile None;
    /// The request did not arrive completely in time.
    RequestTimeout = 408 "request-timeout" "The request took too long to arrive" Later None;
    /// A wanted seat is held, booked or not for sale.
    SeatUnavailable = 409 "seat-unavailable" "A seat is not available" Futile None;
    /// Not enough places, contiguous seats or stock are left.
    SoldOut = 409 "sold-out" "Not enough is left" Futile None;
    /// A limit of the show or of the buyer would be exceeded.
    LimitReached = 409 "limit-reached" "A limit would be exceeded" Futile None;
    /// The account does not hold enough money.
    InsufficientBalance = 409 "insufficient-balance" "The balance is too low" Futile None;
    /// The fence is not the current one: the hold was extended since.
    FenceStale = 409 "fence-stale" "The hold has a newer fence" Futile None;
    /// The show is closed for sale.
    ShowClosed = 409 "show-closed" "The show is closed" Futile None;
    /// The sale has not begun.
    NotOnSale = 409 "not-on-sale" "The sale has not begun" Futile None;
    /// The order is cancelled or refunded and can no longer be paid from an account.
    OrderNotPayable = 409 "order-not-payable" "The order can no longer be paid" Futile None;
    /// The order was paid before, by another request.
    AlreadyPaid = 409 "already-paid" "The order is already paid" Futile None;
    /// The order must be refunded before it or its booking can be deleted.
    OrderPaid = 409 "order-paid" "A paid order must be refunded first" Futile None;
    /// What should be refunded was not paid or is refunded already.
    NotRefundable = 409 "not-refundable" "There is nothing to refund" Futile None;
    /// The change would remove what is held or sold.
    InUse = 409 "in-use" "What is held or sold cannot be removed" Futile None;
    /// The thing exists and a field that can never change differs.
    ExistsWithDifferentBody = 409 "exists-with-different-body"
        "It exists with other fixed values" Futile None;
    /// The outside reference belongs to the payment of another order.
    ReferenceUsed = 409 "reference-used" "The reference belongs to another order" Futile None;
    /// Two amounts are in different currencies.
    CurrencyMismatch = 409 "currency-mismatch" "The currencies differ" Futile None;
    /// The hold passed its deadline; its seats are free or someone else's.
    HoldExpired = 410 "hold-expired" "The hold has expired" Futile None;
    /// The order was not paid in time and what it held is gone.
    OrderExpired = 410 "order-expired" "The order has expired" Futile None;
    /// The body is longer than allowed.
    TooLarge = 413 "too-large" "The request is too large" Futile None;
    /// The body is not declared as JSON.
    UnsupportedMediaType = 415 "unsupported-media-type" "The body must be JSON" Futile None;
    /// The `Host` is not one that this server answers for.
    BadHost = 421 "bad-host" "This server does not answer for that host" Futile None;
    /// The JSON was read, but values are out of range or contradict each other.
    Validation = 422 "validation" "The request is not valid" Futile None;
    /// The key was used before, for another request.
    IdempotencyKeyReused = 422 "idempotency-key-reused"
        "The key was used for another request" Futile None;
    /// The API key has used up its rate.
    Quota = 429 "quota" "Too many requests" Later None;
    /// The target and the headers are longer than allowed, or too many.
    HeadTooLarge = 431 "head-too-large" "The head of the request is too large" Futile None;
    /// A fault of ours.
    Internal = 500 "internal" "An internal error" Futile Unknown;
    /// The inbox of the writer is full.
    Overloaded = 503 "overloaded" "The server is overloaded" Later None;
    /// The server is still reading its journal.
    Recovering = 503 "recovering" "The server is recovering" Later None;
    /// The server is about to stop and takes no new work.
    ShuttingDown = 503 "shutting-down" "The server is shutting down" Later None;
    /// The disk is nearly full; reads go on.
    StorageFull = 503 "storage-full" "The storage is nearly full" Later None;
    /// No further idempotency key can be remembered.
    IdempotencyKeysFull = 503 "idempotency-keys-full"
        "No room for further idempotency keys" Later None;
    /// The house keeps no more holds, orders or names of this kind.
    HouseFull = 503 "house-full" "The house is full" Later None;
    /// The request's own deadline passed before it was decided.
    DeadlinePassed = 503 "deadline-passed" "The deadline has passed" Later None;
    /// The view did not reach the wanted position in time.
    ViewBehind = 503 "view-behind" "The view has not caught up" Later None;
    /// The commit failed or its result is not known.
    OutcomeUnknown = 503 "outcome-unknown" "The outcome is not known" Later Unknown;
}

impl ErrorCode {
    /// Whether the same request with the same key is worth sending again, after `Retry-After`.
    ///
    /// `deadline-passed` counts: it needs a later deadline and nothing else.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self.retry(), Retry::Later)
    }

    /// Whether a request with this answer certainly changed nothing.
    ///
    /// Where this is false, the request may have happened: repeat it with its key, or read.
    #[must_use]
    pub const fn has_no_side_effects(self) -> bool {
        matches!(self.effect(), Effect::None)
    }

    /// The code with this name on the wire.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn names_are_the_kebab_case_of_their_variants() {
        for code in ErrorCode::ALL {
            let mut kebab = String::new();
            for (idx, c) in format!("{code:?}").chars().enumerate() {
                if c.is_ascii_uppercase() && idx > 0 {
                    kebab.push('-');
                }
                kebab.push(c.to_ascii_lowercase());
            }
            assert_eq!(code.name(), kebab);
            assert_eq!(code.type_uri(), format!("/docs/errors/{kebab}"));
            assert_eq!(ErrorCode::from_name(&kebab), Some(*code));
        }
    }

    #[test]
    fn every_503_can_be_retried_and_only_two_codes_leave_doubt() {
        for code in ErrorCode::ALL {
            assert!(code.status() != 503 || code.is_retryable(), "{code}");
            let in_doubt = matches!(code, ErrorCode::Internal | ErrorCode::OutcomeUnknown);
            assert_eq!(code.has_no_side_effects(), !in_doubt, "{code}");
        }
    }
}
