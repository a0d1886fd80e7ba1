//! The seeds' way to sell: a transaction that locks the row with `SELECT … FOR UPDATE`, from a pool
//! of connections, behind the same HTTP core and with the same JSON.
//!
//! A transaction takes four round trips: its start travels with the first statement, as Java's
//! driver has it. The tuned way takes one: a single prepared statement that is its own transaction.
//!
//! Invariant: an answer leaves after the commit that it tells about.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use boxoffice_api::v1::booking::{BookingRequest, BookingResponse, BookingSource, BookingStatus};
use boxoffice_api::v1::hold::{Claim, SeatItem};
use boxoffice_api::v1::order::{OrderItem, OrderRequest, OrderResponse, OrderStatus};
use boxoffice_api::v1::{decode, to_json};
use boxoffice_api::{Currency, Timestamp};
use boxoffice_server::auth::Principal;
use boxoffice_server::http::{Body, Head, Rejection, Request, Response, Service};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, Semaphore};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls};

use super::PostgresSpec;
use super::constant::{BODY_BYTES_MAX, plain};
use super::postgres_sql::{NEW_PRODUCT, NEW_SHOW, Statements, TABLES};
use crate::call::SEATS_PER_ROW;

/// Time to pay an order, which the answer tells.
const ORDER_TTL_US: u64 = 900_000_000;

/// See the module.
pub(super) struct Front {
    tuned: bool,
    free: Semaphore,
    pool: Mutex<Vec<Arc<Connection>>>,
    /// Drives the connections.
    _runtime: Runtime,
}

struct Connection {
    client: Client,
    statements: Statements,
}

/// A seat that was sold.
struct Sold {
    booking: i64,
    section: String,
    row: String,
    number: i32,
    price: i64,
}

impl Front {
    pub(super) fn new(spec: &PostgresSpec) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let pool = runtime.block_on(async {
            let mut pool = Vec::with_capacity(spec.pool);
            create(&connect(spec).await?, spec).await?;
            for _ in 0..spec.pool {
                let client = connect(spec).await?;
                let statements = Statements::prepare(&client).await?;
                pool.push(Arc::new(Connection { client, statements }));
            }
            anyhow::Ok(pool)
        })?;
        Ok(Self {
            tuned: spec.tuned,
            free: Semaphore::new(spec.pool),
            pool: Mutex::new(pool),
            _runtime: runtime,
        })
    }

    async fn answer(&self, request: &Request) -> anyhow::Result<Response> {
        let permit = self.free.acquire().await?;
        let connection = self
            .pool
            .lock()
            .await
            .pop()
            .context("a permit is a connection")?;
        let result = match request.uri.path() {
            "/v1/bookings" => self.book(&connection, request).await,
            "/v1/orders" => self.order(&connection, request).await,
            _ => Ok(plain(StatusCode::NOT_FOUND)),
        };
        self.pool.lock().await.push(connection);
        drop(permit);
        result
    }

    async fn book(&self, connection: &Connection, request: &Request) -> anyhow::Result<Response> {
        let Ok(request) = decode::<BookingRequest>(&request.body) else {
            return Ok(plain(StatusCode::BAD_REQUEST));
        };
        let Some(BookingSource::Direct {
            buyer,
            show,
            claim: Claim::Seats([seat]),
            ..
        }) = request.source()
        else {
            return Ok(plain(StatusCode::BAD_REQUEST));
        };
        let sold = if self.tuned {
            connection.book_at_once(show, seat, buyer).await?
        } else {
            connection.book_under_lock(show, seat, buyer).await?
        };
        let Some(sold) = sold else {
            return Ok(plain(StatusCode::CONFLICT));
        };
        let id = format!("b{:08}", sold.booking);
        let body = BookingResponse {
            booking: id.as_str().into(),
            show: show.into(),
            buyer: buyer.into(),
            seats: vec![SeatItem {
                seat: seat.as_str().into(),
                section: sold.section.as_str().into(),
                row: sold.row.as_str().into(),
                number: u32::try_from(sold.number)?,
                price: sold.price,
            }],
            places: None,
            amount: sold.price,
            currency: euro(),
            status: BookingStatus::Confirmed,
            created_at: Timestamp::from_micros(now_us()),
            order: None,
        };
        created(&body, &format!("/v1/bookings/{id}"))
    }

    async fn order(&self, connection: &Connection, request: &Request) -> anyhow::Result<Response> {
        let Ok(request) = decode::<OrderRequest>(&request.body) else {
            return Ok(plain(StatusCode::BAD_REQUEST));
        };
        let [item] = request.items.as_slice() else {
            return Ok(plain(StatusCode::BAD_REQUEST));
        };
        let (product, quantity) = (item.product.as_str(), item.quantity);
        let placed = if self.tuned {
            connection
                .order_at_once(product, quantity, &request.buyer)
                .await?
        } else {
            connection
                .order_under_lock(product, quantity, &request.buyer)
                .await?
        };
        let Some((number, price)) = placed else {
            return Ok(plain(StatusCode::CONFLICT));
        };
        let id = format!("o{number:08}");
        let now = now_us();
        let body = OrderResponse {
            order: id.as_str().into(),
            number: u64::try_from(number)?,
            buyer: request.buyer.as_str().into(),
            status: OrderStatus::PendingPayment,
            items: vec![OrderItem {
                product: product.into(),
                name: product.into(),
                quantity: u64::try_from(quantity)?,
                unit_price: price,
                subtotal: price * quantity,
            }],
            seats: Vec::new(),
            places: None,
            show: None,
            total: price * quantity,
            currency: euro(),
            pay_by: Timestamp::from_micros(now + ORDER_TTL_US),
            created_at: Timestamp::from_micros(now),
            paid_at: None,
            booking: None,
            refunded: 0,
        };
        created(&body, &format!("/v1/orders/{id}"))
    }
}

impl Connection {
    async fn book_under_lock(
        &self,
        show: &str,
        seat: &str,
        buyer: &str,
    ) -> anyhow::Result<Option<Sold>> {
        let (client, statements) = (&self.client, &self.statements);
        let seat_key: [&(dyn ToSql + Sync); 2] = [&show, &seat];
        let (begun, locked) = tokio::join!(
            biased;
            client.batch_execute("BEGIN"),
            client.query_opt(&statements.lock_seat, &seat_key)
        );
        begun?;
        let Some(row) = locked?.filter(|row| row.get::<_, i16>(0) == 0) else {
            client.batch_execute("ROLLBACK").await?;
            return Ok(None);
        };
        let price: i64 = row.get(4);
        client
            .execute(&statements.take_seat, &[&show, &seat, &buyer])
            .await?;
        let made = client
            .query_one(&statements.add_booking, &[&show, &seat, &buyer, &price])
            .await?;
        client.batch_execute("COMMIT").await?;
        Ok(Some(Sold {
            booking: made.get(0),
            section: row.get(1),
            row: row.get(2),
            number: row.get(3),
            price,
        }))
    }

    async fn book_at_once(
        &self,
        show: &str,
        seat: &str,
        buyer: &str,
    ) -> anyhow::Result<Option<Sold>> {
        let row = self
            .client
            .query_opt(&self.statements.book_at_once, &[&show, &seat, &buyer])
            .await?;
        Ok(row.map(|row| Sold {
            booking: row.get(0),
            section: row.get(1),
            row: row.get(2),
            number: row.get(3),
            price: row.get(4),
        }))
    }

    /// The order's number and the price of one.
    async fn order_under_lock(
        &self,
        product: &str,
        quantity: i64,
        buyer: &str,
    ) -> anyhow::Result<Option<(i64, i64)>> {
        let (client, statements) = (&self.client, &self.statements);
        let product_key: [&(dyn ToSql + Sync); 1] = [&product];
        let (begun, locked) = tokio::join!(
            biased;
            client.batch_execute("BEGIN"),
            client.query_opt(&statements.lock_product, &product_key)
        );
        begun?;
        let Some(row) = locked?.filter(|row| quantity <= row.get::<_, i64>(1)) else {
            client.batch_execute("ROLLBACK").await?;
            return Ok(None);
        };
        let price: i64 = row.get(0);
        client
            .execute(&statements.take_stock, &[&product, &quantity])
            .await?;
        let total = price * quantity;
        let made = client
            .query_one(&statements.add_order, &[&buyer, &total])
            .await?;
        let number: i64 = made.get(0);
        client
            .execute(
                &statements.add_item,
                &[&number, &product, &quantity, &price],
            )
            .await?;
        client.batch_execute("COMMIT").await?;
        Ok(Some((number, price)))
    }

    async fn order_at_once(
        &self,
        product: &str,
        quantity: i64,
        buyer: &str,
    ) -> anyhow::Result<Option<(i64, i64)>> {
        let row = self
            .client
            .query_opt(
                &self.statements.order_at_once,
                &[&product, &quantity, &buyer],
            )
            .await?;
        Ok(row.map(|row| (row.get(0), row.get(1))))
    }
}

impl Service for Front {
    fn screen(&self, _head: &Head<'_>) -> Result<Principal, Box<Response>> {
        Ok(Principal::OPEN)
    }

    fn body_bytes_max(&self, _method: &Method, _path: &str) -> usize {
        BODY_BYTES_MAX
    }

    async fn handle(&self, request: Request) -> Response {
        match self.answer(&request).await {
            Ok(response) => response,
            Err(error) => {
                crate::context::say(&format!("PostgreSQL: {error:#}"));
                plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    fn reject(&self, _head: &Head<'_>, rejection: Rejection) -> Response {
        plain(rejection.status())
    }
}

async fn connect(spec: &PostgresSpec) -> anyhow::Result<Client> {
    let mut config = Config::new();
    config
        .host(spec.address.ip().to_string())
        .port(spec.address.port());
    config.user("bench").dbname("postgres");
    let (client, connection) = config.connect(NoTls).await.context("cannot connect")?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            crate::context::say(&format!("PostgreSQL: {error}"));
        }
    });
    Ok(client)
}

async fn create(client: &Client, spec: &PostgresSpec) -> anyhow::Result<()> {
    client.batch_execute(TABLES).await?;
    let n_seats = i32::try_from(spec.seats_per_show)?;
    let per_row = i32::try_from(SEATS_PER_ROW)?;
    for show in &spec.shows {
        client
            .execute(NEW_SHOW, &[show, &n_seats, &per_row])
            .await?;
    }
    if let Some(product) = &spec.product {
        client.execute(NEW_PRODUCT, &[product]).await?;
    }
    client.batch_execute("ANALYZE; CHECKPOINT").await?;
    Ok(())
}

fn created(body: &impl Serialize, location: &str) -> anyhow::Result<Response> {
    let mut response = Response::new(Body::from(to_json(body)));
    *response.status_mut() = StatusCode::CREATED;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(LOCATION, HeaderValue::try_from(location)?);
    Ok(response)
}

fn euro() -> Currency {
    Currency::parse("EUR").expect("ISO 4217 has it")
}

fn now_us() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
