//! The statements of the front over PostgreSQL, and its tables.

use tokio_postgres::{Client, Statement};

/// The tables, once for all fronts.
pub(super) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS seats (
    show text, seat text, section text NOT NULL, row_label text NOT NULL, number int NOT NULL,
    price bigint NOT NULL, status smallint NOT NULL DEFAULT 0, buyer text,
    PRIMARY KEY (show, seat));
CREATE TABLE IF NOT EXISTS bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, show text NOT NULL, seat text NOT NULL,
    buyer text NOT NULL, amount bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS products (
    id text PRIMARY KEY, price bigint NOT NULL, stock bigint NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, buyer text NOT NULL,
    total bigint NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS order_items (
    order_id bigint NOT NULL, product text NOT NULL, quantity bigint NOT NULL,
    price bigint NOT NULL);";

/// A show's seats, named as boxoffice names them.
pub(super) const NEW_SHOW: &str = "
INSERT INTO seats (show, seat, section, row_label, number, price)
SELECT $1, (n / $3)::text || '-' || (n % $3 + 1)::text, 'stalls', (n / $3)::text, n % $3 + 1, 5000
FROM generate_series(0, $2::int - 1) AS n";

/// A product that never runs out.
pub(super) const NEW_PRODUCT: &str = "INSERT INTO products (id, price, stock)
VALUES ($1, 50000, 1000000000000) ON CONFLICT DO NOTHING";

/// The prepared statements of one connection.
pub(super) struct Statements {
    pub(super) lock_seat: Statement,
    pub(super) take_seat: Statement,
    pub(super) add_booking: Statement,
    pub(super) lock_product: Statement,
    pub(super) take_stock: Statement,
    pub(super) add_order: Statement,
    pub(super) add_item: Statement,
    pub(super) book_at_once: Statement,
    pub(super) order_at_once: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            lock_seat: client
                .prepare(
                    "SELECT status, section, row_label, number, price FROM seats
                     WHERE show = $1 AND seat = $2 FOR UPDATE",
                )
                .await?,
            take_seat: client
                .prepare("UPDATE seats SET status = 1, buyer = $3 WHERE show = $1 AND seat = $2")
                .await?,
            add_booking: client
                .prepare(
                    "INSERT INTO bookings (show, seat, buyer, amount) VALUES ($1, $2, $3, $4)
                     RETURNING id",
                )
                .await?,
            lock_product: client
                .prepare("SELECT price, stock FROM products WHERE id = $1 FOR UPDATE")
                .await?,
            take_stock: client
                .prepare("UPDATE products SET stock = stock - $2 WHERE id = $1")
                .await?,
            add_order: client
                .prepare(
                    "INSERT INTO orders (buyer, total, status)
                     VALUES ($1, $2, 'pending_payment') RETURNING id",
                )
                .await?,
            add_item: client
                .prepare(
                    "INSERT INTO order_items (order_id, product, quantity, price)
                     VALUES ($1, $2, $3, $4)",
                )
                .await?,
            book_at_once: client
                .prepare(
                    "WITH taken AS (
                         UPDATE seats SET status = 1, buyer = $3
                         WHERE show = $1 AND seat = $2 AND status = 0
                         RETURNING section, row_label, number, price),
                     made AS (
                         INSERT INTO bookings (show, seat, buyer, amount)
                         SELECT $1, $2, $3, price FROM taken RETURNING id)
                     SELECT made.id, section, row_label, number, price FROM made, taken",
                )
                .await?,
            order_at_once: client
                .prepare(
                    "WITH taken AS (
                         UPDATE products SET stock = stock - $2
                         WHERE id = $1 AND $2 <= stock RETURNING price),
                     made AS (
                         INSERT INTO orders (buyer, total, status)
                         SELECT $3, price * $2, 'pending_payment' FROM taken RETURNING id),
                     item AS (
                         INSERT INTO order_items (order_id, product, quantity, price)
                         SELECT made.id, $1, $2, price FROM made, taken)
                     SELECT made.id, price FROM made, taken",
                )
                .await?,
        })
    }
}
