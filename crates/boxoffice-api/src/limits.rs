//! The bounds that every native request is held to before it reaches the writer.
//!
//! Invariants: every collection and number that a client can send has its limit here, and the
//! OpenAPI documents print these same constants.

/// Longest id given by a caller, in bytes (the charset is ASCII).
pub const ID_BYTES_MAX: usize = 64;
/// Longest row label, in bytes.
pub const ROW_LABEL_BYTES_MAX: usize = 32;
/// Longest free text (names, labels, venues), in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 200;
/// Longest token that we hand out, in bytes; longer ones cannot be ours.
pub const TOKEN_BYTES_MAX: usize = 128;
/// Longest `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;

/// Largest amount of money, in minor units: 2^53 - 1, exact in every JSON implementation.
pub const AMOUNT_MAX: i64 = 9_007_199_254_740_991;
/// Largest initial stock.
pub const STOCK_MAX: i64 = 1_000_000_000_000;
/// Largest quantity of one restock.
pub const RESTOCK_MAX: i64 = 1_000_000_000;
/// Largest tariff, in percent of the seat's price.
pub const TARIFF_PERCENT_MAX: i64 = 1_000;

/// Most seats or places in one hold or booking.
pub const SEATS_PER_HOLD_MAX: i64 = 100;
/// Most different products in one order.
pub const ITEMS_PER_ORDER_MAX: usize = 100;
/// Most units of one product in one order.
pub const QUANTITY_PER_ITEM_MAX: i64 = 1_000_000;

/// Most seats in one show, sections and rows taken together.
pub const SEATS_PER_SHOW_MAX: usize = 1_000_000;
/// Most sections in one show.
pub const SECTIONS_PER_SHOW_MAX: usize = 1_000;
/// Most rows in one section.
pub const ROWS_PER_SECTION_MAX: usize = 10_000;
/// Most rows in one show.
pub const ROWS_PER_SHOW_MAX: usize = 100_000;
/// Most seats in one row.
pub const SEATS_PER_ROW_MAX: i64 = 2_000;
/// Most areas in one show.
pub const AREAS_PER_SHOW_MAX: usize = 1_000;
/// Most places in one area.
pub const AREA_CAPACITY_MAX: i64 = 10_000_000;
/// Most tariffs of one show.
pub const TARIFFS_PER_SHOW_MAX: usize = 32;
/// Highest limit per buyer that can be set.
pub const SEATS_PER_BUYER_MAX: i64 = 1_000_000;

/// Shortest life of a hold, in milliseconds.
pub const HOLD_TTL_MS_MIN: i64 = 100;
/// Longest life of a hold, in milliseconds: one day.
pub const HOLD_TTL_MS_MAX: i64 = 86_400_000;
/// Life of a hold when the show does not say, in milliseconds: ten minutes.
pub const HOLD_TTL_MS_DEFAULT: i64 = 600_000;
/// Shortest time to pay an order, in milliseconds.
pub const ORDER_TTL_MS_MIN: i64 = 100;
/// Longest time to pay an order, in milliseconds: thirty days.
pub const ORDER_TTL_MS_MAX: i64 = 2_592_000_000;
/// Time to pay an order when the show does not say, in milliseconds: fifteen minutes.
pub const ORDER_TTL_MS_DEFAULT: i64 = 900_000;

/// Most entries of a list in one reply, and how many there are when the request does not say.
pub const LIST_LIMIT_MAX: u64 = 100;
/// Most events of the feed in one reply; the last entry is always whole.
pub const FEED_LIMIT_MAX: u64 = 1_000;
/// Events of the feed in one reply when the request does not say.
pub const FEED_LIMIT_DEFAULT: u64 = 100;
/// Longest wait of a long poll or of `min_position`, in milliseconds.
pub const WAIT_MS_MAX: u64 = 30_000;

/// Most shows, products or accounts in one house file, each.
pub const HOUSE_ENTRIES_MAX: usize = 1_000_000;
/// Most faults that one `validation` problem lists; the rest is counted.
pub const FAULTS_MAX: usize = 100;

const _: () = {
    assert!(HOLD_TTL_MS_MIN <= HOLD_TTL_MS_DEFAULT && HOLD_TTL_MS_DEFAULT <= HOLD_TTL_MS_MAX);
    assert!(ORDER_TTL_MS_MIN <= ORDER_TTL_MS_DEFAULT && ORDER_TTL_MS_DEFAULT <= ORDER_TTL_MS_MAX);
    assert!(FEED_LIMIT_DEFAULT <= FEED_LIMIT_MAX);
    assert!(ROW_LABEL_BYTES_MAX < ID_BYTES_MAX);
};
