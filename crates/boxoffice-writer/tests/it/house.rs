//! A small house and its commands, for tests.

use boxoffice_engine::command::{
    Action, Book, Caller, Command, Hold, HoldRef, Key, Proof, PutShow, SeatKey, TariffKey, Want,
};
use boxoffice_engine::event::HouseOpened;
use boxoffice_engine::ids::{Fence, HoldId, Name, Principal, Text};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::spec::{RowSeats, RowSpec, SectionSpec, ShowSpec};
use boxoffice_writer::request::Request;

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn opened() -> HouseOpened {
    HouseOpened {
        house: [1; 16],
        secret_print: [2; 16],
    }
}

pub(crate) fn request(action: Action) -> Request {
    keyed(action, None)
}

pub(crate) fn keyed(action: Action, key: Option<u8>) -> Request {
    let command = Command {
        caller: Caller {
            principal: Principal(0),
            admin: true,
        },
        key: key.map(|key| Key {
            scope: [key; 16],
            fingerprint: [0; 16],
        }),
        action,
    };
    Request {
        command,
        deadline_us: None,
        queued: std::time::Instant::now(),
    }
}

/// A show `s` with one row `A` of so many seats; holds live 10 s.
pub(crate) fn put_show(n_seats: u32) -> Action {
    put("s", RowSeats::Count(n_seats))
}

/// A show whose record takes some twelve kilobytes.
pub(crate) fn put_long_show() -> Action {
    put(
        "long",
        RowSeats::Named((1_000..3_000).map(|n| name(&format!("A{n}"))).collect()),
    )
}

fn put(show: &str, seats: RowSeats) -> Action {
    let row = RowSpec {
        row: name("A"),
        price: None,
        seats,
        not_for_sale: Vec::new(),
    };
    let section = SectionSpec {
        id: name("main"),
        prefix: Text::default(),
        price: Amount(100),
        rows: vec![row],
    };
    let spec = ShowSpec {
        title: Text::new("Show").unwrap(),
        venue: Text::default(),
        starts_at: None,
        on_sale_at: None,
        open: true,
        currency: Currency::new("EUR").unwrap(),
        hold_ttl_ms: 10_000,
        order_ttl_ms: 10_000,
        seats_per_buyer_max: None,
        seats_per_hold_max: None,
        tariffs: Vec::new(),
        sections: vec![section],
        areas: Vec::new(),
    };
    Action::PutShow(Box::new(PutShow {
        show: name(show),
        spec: spec.into(),
        only_create: false,
    }))
}

fn seat(n: u32) -> Want {
    Want::Seats(vec![(
        SeatKey::Named(name(&format!("A{n}"))),
        TariffKey::Default,
    )])
}

pub(crate) fn hold(buyer: &str, n: u32) -> Action {
    let (buyer, want) = (name(buyer), seat(n));
    Action::Hold(Hold {
        show: name("s"),
        buyer,
        want,
        ttl_ms: None,
        session: false,
    })
}

pub(crate) fn book(buyer: &str, n: u32) -> Action {
    let (buyer, want) = (name(buyer), seat(n));
    Action::Book(Book::Direct {
        show: name("s"),
        buyer,
        want,
        own_hold: false,
    })
}

pub(crate) fn read_hold(hold: u64) -> Action {
    let proof = Proof::Token(Fence(1));
    Action::ReadHold(HoldRef {
        hold: HoldId(hold),
        proof,
        buyer: None,
        fence: None,
    })
}
