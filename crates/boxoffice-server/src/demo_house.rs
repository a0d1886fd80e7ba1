//! The demo house: what the clients of the dialects expect to find.
//!
//! Invariants: only what is missing is written, so a house that was opened before is never reset,
//! restocked or recharged, whatever was sold or changed since. At most [`IN_FLIGHT_MAX`] commands
//! wait at a time.

use boxoffice_engine::command::{
    AccountRule, Action, Caller, Charge, Command, PutProduct, PutShow,
};
use boxoffice_engine::ids::{Name, Principal, Text};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::reply::{Reply, Rule};
use boxoffice_engine::spec::{RowSeats, RowSpec, SectionSpec, ShowSpec, Tariff};
use boxoffice_engine::time::Instant;
use boxoffice_writer::request::Unavailable;
use tokio::task::JoinSet;

use crate::house::House;

/// Commands that wait for their replies at the most.
const IN_FLIGHT_MAX: usize = 256;
/// How often a command is sent again that the writer had no room for.
const ATTEMPTS_MAX: u32 = 20;

const SHOWTIMES: u64 = 3;
const CONCERT_ROWS: u32 = 20;
const CONCERT_ROW_SEATS: u32 = 50;
const RACE_SEATS: u32 = 16;
const PRODUCTS: u64 = 10;
const STOCK: u64 = 1_000_000_000;
const PRODUCT_PRICE: Amount = Amount(50_000);
const USERS: u64 = 10_000;
/// A million orders of one product.
const SHOP_FUNDS: Amount = Amount(PRODUCT_PRICE.0 * 1_000_000);
/// Every seat of the concert, a hundred times over.
const CONCERT_FUNDS: Amount = Amount(CONCERT_PRICE.0 * 1_000 * 100);
const CONCERT_PRICE: Amount = Amount(10_000);
/// 2035-06-01T10:00:00Z: far enough to be on sale for as long as the demo is of use.
const STARTS_AT: Instant = Instant(2_064_304_800_000_000);

/// What was there and what was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Shows, products and accounts that were missing.
    pub made: usize,
    /// Those that were there.
    pub found: usize,
}

/// Why the demo house is not complete. What was made so far stays; filling it again goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoHouseFailed {
    /// The house gave no reply.
    #[error("the demo house is not complete: the house does not answer ({why:?})")]
    Unavailable {
        /// The writer's reason.
        why: Unavailable,
    },
    /// The house refused something.
    #[error("the demo house is not complete: the house refused a part of it ({rule:?})")]
    Refused {
        /// The rule that it names.
        rule: Rule,
    },
    /// A task of ours was cut short.
    #[error("the demo house is not complete: the process is stopping")]
    Stopped(#[source] tokio::task::JoinError),
}

/// Fills in what is missing.
///
/// # Errors
/// [`DemoHouseFailed`]; whatever was made until then is durable.
pub async fn fill(house: &House) -> Result<Counts, DemoHouseFailed> {
    let mut counts = Counts::default();
    let mut asked = JoinSet::new();
    for part in parts() {
        if asked.len() == IN_FLIGHT_MAX {
            counts.add(asked.join_next().await)?;
        }
        let house = house.clone();
        asked.spawn(async move { make(&house, part).await });
    }
    while !asked.is_empty() {
        counts.add(asked.join_next().await)?;
    }
    Ok(counts)
}

type Made = Result<Result<bool, DemoHouseFailed>, tokio::task::JoinError>;

impl Counts {
    fn add(&mut self, made: Option<Made>) -> Result<(), DemoHouseFailed> {
        let Some(made) = made else { return Ok(()) };
        match made.map_err(DemoHouseFailed::Stopped)?? {
            true => self.made += 1,
            false => self.found += 1,
        }
        Ok(())
    }
}

/// Something that the demo house has.
#[derive(Debug, Clone)]
enum Part {
    Show(Box<PutShow>),
    Product(PutProduct),
    Account(Charge),
}

/// Makes a part unless it is there; whether it was made.
async fn make(house: &House, part: Part) -> Result<bool, DemoHouseFailed> {
    let action = match part {
        Part::Show(show) => Action::PutShow(show),
        Part::Account(charge) => Action::Charge(charge),
        Part::Product(product) => {
            // Putting a product changes one that is there; its price may be somebody's by now.
            if is_product(house, &product.product).await? {
                return Ok(false);
            }
            Action::PutProduct(product)
        }
    };
    match ask(house, action).await? {
        Reply::Refused(refusal) => match refusal.rule {
            Rule::Exists | Rule::ExistsWithDifferentBody => Ok(false),
            rule => Err(DemoHouseFailed::Refused { rule }),
        },
        _ => Ok(true),
    }
}

async fn is_product(house: &House, product: &Name) -> Result<bool, DemoHouseFailed> {
    match ask(house, Action::ReadProduct(product.clone())).await? {
        Reply::Refused(refusal) => match refusal.rule {
            Rule::NotFound(_) => Ok(false),
            rule => Err(DemoHouseFailed::Refused { rule }),
        },
        _ => Ok(true),
    }
}

async fn ask(house: &House, action: Action) -> Result<Reply, DemoHouseFailed> {
    let caller = Caller {
        principal: Principal(0),
        admin: true,
    };
    for _ in 1..ATTEMPTS_MAX {
        let command = Command {
            caller,
            key: None,
            action: action.clone(),
        };
        match house.ask(command, None).await {
            Ok(answered) => return Ok(answered.answer.reply),
            Err(Unavailable::Overloaded { retry_after_ms }) => {
                let wait = std::time::Duration::from_millis(u64::from(retry_after_ms));
                tokio::time::sleep(wait).await;
            }
            Err(why) => return Err(DemoHouseFailed::Unavailable { why }),
        }
    }
    let outcome = house
        .ask(
            Command {
                caller,
                key: None,
                action,
            },
            None,
        )
        .await;
    let answered = outcome.map_err(|why| DemoHouseFailed::Unavailable { why })?;
    Ok(answered.answer.reply)
}

/// All that the demo house has.
fn parts() -> impl Iterator<Item = Part> {
    let shows = [
        show("theatre:1", theatre()),
        show("concert:1", concert()),
        show("race:1:1", race()),
    ];
    let showtimes = (1..=SHOWTIMES).map(|n| show(&format!("cinema:{n}"), showtime(n)));
    let products = (1..=PRODUCTS).map(product);
    let users = (1..=USERS).flat_map(|user| {
        [
            account("shop", user, SHOP_FUNDS),
            account("concert", user, CONCERT_FUNDS),
        ]
    });
    shows
        .into_iter()
        .chain(showtimes)
        .chain(products)
        .chain(users)
}

fn show(id: &str, spec: ShowSpec) -> Part {
    Part::Show(Box::new(PutShow {
        show: name(id),
        spec: spec.into(),
        only_create: true,
    }))
}

fn product(number: u64) -> Part {
    Part::Product(PutProduct {
        product: name(&format!("shop:{number}")),
        title: text(&format!("Product {number}")),
        price: PRODUCT_PRICE,
        currency: currency("KRW"),
        initial: Some(STOCK),
    })
}

fn account(dialect: &str, user: u64, amount: Amount) -> Part {
    Part::Account(Charge {
        buyer: name(&format!("{dialect}:{user}")),
        amount,
        currency: Some(currency("KRW")),
        account: AccountRule::OpenOnly,
    })
}

fn theatre() -> ShowSpec {
    ShowSpec {
        venue: text("City Theatre"),
        hold_ttl_ms: 5 * 60_000,
        sections: vec![section("REGULAR", Amount(35_000), lettered_rows(10, 10))],
        ..spec("The Grand Premiere", "INR")
    }
}

fn showtime(number: u64) -> ShowSpec {
    let tariff = |code, label, percent| Tariff {
        code: name(code),
        label: text(label),
        percent,
    };
    ShowSpec {
        venue: text("City Cinema"),
        starts_at: Some(STARTS_AT.after_ms((number - 1) * 3 * 3_600_000)),
        tariffs: vec![
            tariff("adult", "Adult", 100),
            tariff("student", "Student", 80),
            tariff("senior", "Senior", 70),
        ],
        sections: vec![section("STANDARD", Amount(12_000), lettered_rows(10, 10))],
        ..spec("K6 Performance Test Movie", "KRW")
    }
}

fn concert() -> ShowSpec {
    let rows = (1..=CONCERT_ROWS).map(|row| RowSpec {
        row: name(&row.to_string()),
        price: None,
        seats: RowSeats::Count(CONCERT_ROW_SEATS),
        not_for_sale: Vec::new(),
    });
    ShowSpec {
        venue: text("Olympic Hall"),
        order_ttl_ms: 10 * 60_000,
        sections: vec![section("FLOOR", CONCERT_PRICE, rows.collect())],
        ..spec("One Night Only", "KRW")
    }
}

fn race() -> ShowSpec {
    let seats = (1..=RACE_SEATS)
        .map(|seat| name(&seat.to_string()))
        .collect();
    let row = RowSpec {
        row: name("A"),
        price: None,
        seats: RowSeats::Named(seats),
        not_for_sale: Vec::new(),
    };
    ShowSpec {
        venue: text("Arena"),
        order_ttl_ms: 5 * 60_000,
        sections: vec![section("MAIN", Amount(50_000), vec![row])],
        ..spec("Order Race", "KRW")
    }
}

fn spec(title: &str, code: &str) -> ShowSpec {
    ShowSpec {
        title: text(title),
        venue: Text::default(),
        starts_at: Some(STARTS_AT),
        on_sale_at: None,
        open: true,
        currency: currency(code),
        hold_ttl_ms: 10 * 60_000,
        order_ttl_ms: 15 * 60_000,
        seats_per_buyer_max: None,
        seats_per_hold_max: None,
        tariffs: Vec::new(),
        sections: Vec::new(),
        areas: Vec::new(),
    }
}

fn section(id: &str, price: Amount, rows: Vec<RowSpec>) -> SectionSpec {
    SectionSpec {
        id: name(id),
        prefix: Text::default(),
        price,
        rows,
    }
}

fn lettered_rows(n_rows: u8, n_seats: u32) -> Vec<RowSpec> {
    let row = |row_idx| RowSpec {
        row: name(&char::from(b'A' + row_idx).to_string()),
        price: None,
        seats: RowSeats::Count(n_seats),
        not_for_sale: Vec::new(),
    };
    (0..n_rows).map(row).collect()
}

fn name(id: &str) -> Name {
    Name::new(id).expect("the demo's ids are valid")
}

fn text(text: &str) -> Text {
    Text::new(text).expect("the demo's texts are valid")
}

fn currency(code: &str) -> Currency {
    Currency::new(code).expect("the demo's currencies are valid")
}

#[cfg(test)]
mod tests {
    use boxoffice_engine::ids::{SeatIdx, ShowIdx};
    use boxoffice_engine::layout::Layout;
    use boxoffice_engine::limits::AMOUNT_MAX;

    use super::*;

    fn layouts() -> Vec<Layout> {
        let puts = parts().filter_map(|part| match part {
            Part::Show(put) => Some(put),
            Part::Product(_) | Part::Account(_) => None,
        });
        let build = |put: Box<PutShow>| {
            assert!(put.only_create);
            Layout::build(ShowIdx(0), &put.show, Principal(0), &put.spec, None).unwrap()
        };
        puts.map(build).collect()
    }

    #[test]
    fn the_shows_are_those_that_the_clients_expect() {
        let shows: Vec<_> = layouts()
            .iter()
            .map(|layout| {
                (
                    layout.id.to_string(),
                    layout.n_seats(),
                    layout.tariffs.len(),
                )
            })
            .collect();
        let expected = [
            ("theatre:1", 100, 1),
            ("concert:1", 1_000, 1),
            ("race:1:1", 16, 1),
            ("cinema:1", 100, 3),
            ("cinema:2", 100, 3),
            ("cinema:3", 100, 3),
        ];
        assert_eq!(
            shows,
            expected.map(|(id, seats, tariffs)| (id.to_owned(), seats, tariffs))
        );
    }

    #[test]
    fn nobody_is_limited_and_race_seats_are_numbered() {
        let layouts = layouts();
        assert!(
            layouts
                .iter()
                .all(|layout| layout.seats_per_buyer_max.is_none() && layout.open)
        );
        assert_eq!(layouts[2].seat("16"), Some(SeatIdx(15)));
        assert_eq!(layouts[0].seat("A10"), Some(SeatIdx(9)));
    }

    #[test]
    fn every_user_has_funds_and_every_product_stock() {
        let (mut n_accounts, mut n_products) = (0, 0);
        for part in parts() {
            match part {
                Part::Account(charge) => {
                    assert_eq!(charge.account, AccountRule::OpenOnly);
                    assert!(charge.amount.0 * 100 < AMOUNT_MAX);
                    n_accounts += 1;
                }
                Part::Product(product) => {
                    assert_eq!(product.initial, Some(1_000_000_000));
                    n_products += 1;
                }
                Part::Show(_) => {}
            }
        }
        assert_eq!((n_accounts, n_products), (20_000, 10));
        assert_eq!(SHOP_FUNDS, Amount(50_000_000_000));
    }
}
