//! Every bound of the engine, by name, with the relations between them checked at compile time.

/// Bytes of an id given by a caller.
pub const NAME_BYTES_MAX: usize = 64;
/// Bytes of free text.
pub const TEXT_BYTES_MAX: usize = 200;
/// Largest amount in minor units; the largest integer that JSON readers keep exact.
pub const AMOUNT_MAX: i64 = (1 << 53) - 1;

/// Shows of a house.
pub const SHOWS_MAX: usize = 10_000;
/// Products of a house.
pub const PRODUCTS_MAX: usize = 100_000;
/// Buyers of a house.
pub const BUYERS_MAX: usize = 50_000_000;
/// Sections of a show.
pub const SECTIONS_MAX: usize = 1_000;
/// Rows of a show.
pub const ROWS_MAX: usize = 100_000;
/// Seats of one row.
pub const SEATS_PER_ROW_MAX: usize = 2_000;
/// Seats of a show.
pub const SEATS_PER_SHOW_MAX: usize = 2_000_000;
/// Areas of a show.
pub const AREAS_MAX: usize = 1_000;
/// Places of an area.
pub const AREA_CAPACITY_MAX: u32 = 10_000_000;
/// Tariffs of a show.
pub const TARIFFS_MAX: usize = 32;
/// A tariff's share of the full price in percent.
pub const TARIFF_PERCENT_MAX: u16 = 1_000;

/// Seats or places in one claim.
pub const SEATS_PER_CLAIM_MAX: usize = 100;
/// Items (different products) in one order.
pub const ITEMS_PER_ORDER_MAX: usize = 100;
/// Units of one product in one order.
pub const QUANTITY_MAX: u32 = 1_000_000;
/// Units that one restock may add to a product.
pub const RESTOCK_MAX: u32 = 1_000_000_000;
/// Units that a product may ever have had.
pub const STOCK_MAX: u64 = 1 << 53;

/// Shortest and longest life of a hold, and how far extensions may carry it from its start.
pub const HOLD_TTL_MS_MIN: u64 = 100;
/// See [`HOLD_TTL_MS_MIN`].
pub const HOLD_TTL_MS_MAX: u64 = 24 * 3_600_000;
/// Total life of a hold, extensions included.
pub const HOLD_LIFE_MS_MAX: u64 = 48 * 3_600_000;
/// Longest time to pay an order.
pub const ORDER_TTL_MS_MAX: u64 = 30 * 24 * 3_600_000;

/// Live holds of a house.
pub const HOLDS_LIVE_MAX: usize = 5_000_000;
/// Bookings that a house keeps.
pub const BOOKINGS_MAX: usize = 50_000_000;
/// Orders that a house keeps.
pub const ORDERS_MAX: usize = 50_000_000;
/// Orders waiting for payment.
pub const ORDERS_LIVE_MAX: usize = 5_000_000;
/// References of outside payments that a house keeps; each is unique for ever.
pub const REFERENCES_MAX: usize = 50_000_000;
/// Bytes of a stored reply under an idempotency key.
pub const REPLY_BYTES_MAX: usize = 64 * 1_024;

/// Expiries that one entry may carry beyond what its commands met themselves.
pub const EXPIRIES_PER_BATCH_MAX: usize = 4_096;
/// Due claims that one command looks through for stock, places or a limit that may be free again.
pub const DUE_SCAN_MAX: usize = 4_096;
/// Expired claims that one command may write before it is decided.
pub const EXPIRIES_PER_COMMAND_MAX: usize = 8_192;
/// Rows in one answer that lists bookings or orders.
pub const LIST_ROWS_MAX: usize = 100;
/// Rows that one such answer looks at; more only when most belong to other principals.
pub const CHAIN_STEPS_MAX: usize = 10_000;

const _: () = assert!(SEATS_PER_SHOW_MAX < u32::MAX as usize);
const _: () = assert!(BUYERS_MAX < u32::MAX as usize);
const _: () = assert!(NAME_BYTES_MAX < u8::MAX as usize);
const _: () = assert!(HOLD_TTL_MS_MAX <= HOLD_LIFE_MS_MAX);
const _: () = assert!(HOLD_TTL_MS_MIN < HOLD_TTL_MS_MAX);
const _: () = assert!(SEATS_PER_CLAIM_MAX < SEATS_PER_ROW_MAX);
const _: () = assert!(DUE_SCAN_MAX + SEATS_PER_CLAIM_MAX <= EXPIRIES_PER_COMMAND_MAX);
/// Bytes of the largest stored item (id, title and five numbers) and seat or conflict (four).
const ITEM_BYTES_MAX: usize = NAME_BYTES_MAX + TEXT_BYTES_MAX + 40;
const SEAT_BYTES_MAX: usize = 32;
const _: () = assert!(
    REPLY_BYTES_MAX
        > SEATS_PER_CLAIM_MAX * SEAT_BYTES_MAX + ITEMS_PER_ORDER_MAX * ITEM_BYTES_MAX + 512
);
const _: () = assert!(LIST_ROWS_MAX < CHAIN_STEPS_MAX);
