//! Stored forms: every record kind as frozen bytes, and damage that never panics.

use boxoffice_engine::codec::{Wire as _, from_bytes, to_bytes};
use boxoffice_engine::event::{Event, Stamped, take_batch};
use boxoffice_engine::reply::Reply;

use crate::house::House;
use crate::random::Random;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A run that makes every kind of record, with every cause.
fn journal() -> House {
    let mut house = House::new();
    house.run(
        "
        show s rows=1x3 areas=floor:9:5      => show 0 created
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        extend 1 ttl=20s                     => extended 1 f2 ann A1:100,A2:100 =200 until 20000ms
        release 1                            => released 1 f2 ann A1:100,A2:100 =200 until 20000ms
        book s ann seats=A3                  => booked 1 ann A3:100 =100 Confirmed
        cancel-booking 1                     => booking-cancelled 1 ann - =100 Cancelled
        product p price=10 stock=9           => product-created p @10 stock 9 sold 0
        restock p 3                          => product p @10 stock 12 sold 0
        order ann items=p:2 show=s places=floor:1 => ordered 1 ann pending px2,floorx1:5 =25 by 20000ms
        pay 1 ref=r1                         => paid 1 ann paid 25 booking 2 ref r1
        refund 1                             => refunded 1 ann refunded 25 balance 25 booking 2
        order ann items=p:1                  => ordered 2 ann pending px1 =10 by 900000ms
        cancel-order 2                       => order-cancelled 2 ann cancelled px1 =10 by 900000ms
        charge ann 5 key=k                   => charged ann 30 v2 moved 5
        at 86400s
        expire 9                             => expired 1
        ",
    );
    house
}

/// A changed line here breaks every journal in the field: old records decode for ever.
#[test]
fn every_record_kind_has_its_frozen_bytes() {
    let mut found = Vec::new();
    for stamped in &journal().events {
        let kind = stamped.event.kind();
        if found.iter().all(|(known, _)| *known != kind) {
            found.push((kind, hex(&to_bytes(&stamped.event))));
        }
    }
    let frozen: Vec<_> = FROZEN
        .iter()
        .map(|(kind, bytes)| (*kind, (*bytes).to_owned()))
        .collect();
    assert_eq!(found, frozen);
}

const FROZEN: &[(&str, &str)] = &[
    (
        "HouseOpened",
        "01010101010101010101010101010101010102020202020202020202020202020202",
    ),
    ("TermStarted", "020101"),
    (
        "ShowPut",
        "0a0100017301017300000001455552904ea09c01000000010873656374696f6e3000c8010101\
         41000103000105666c6f6f72090a00",
    ),
    (
        "HoldPlaced",
        "1401010003616e6e01020000c801000100c8010000900380ade20400",
    ),
    ("HoldExtended", "1501010280dac40903"),
    ("HoldReleased", "1601010001020000c801030100c801030004"),
    ("BookingMade", "1e01010003616e6e0101010200c8010000c801"),
    ("BookingCancelled", "1f01010001010200c801060006"),
    ("ProductPut", "28010001700100144555520900"),
    ("Restocked", "2901000308"),
    (
        "OrderPlaced",
        "32010103616e6e0101000214010000010001000a003245555280dac409",
    ),
    ("OutsideRecorded", "3601027231013200"),
    ("OrderPaid", "33010132020272310102000a"),
    ("OrderRefunded", "3501010100021432010b"),
    ("AccountChanged", "3c0103616e6e010301323245555200"),
    ("OrderClosed", "340102010000000d"),
    (
        "KeyStored",
        "4601312f6b0000000000000000000000000073616d650000000000000000000000000180c0dd\
         eec1020d1703616e6e3c455552020a000f",
    ),
    ("KeysExpired", "470101"),
];

#[test]
fn frozen_bytes_decode_to_what_they_were() {
    for (kind, bytes) in FROZEN {
        let bytes: Vec<u8> = (0..bytes.len() / 2)
            .map(|at| u8::from_str_radix(&bytes[at * 2..at * 2 + 2], 16).unwrap())
            .collect();
        let event: Event = from_bytes(&bytes).unwrap();
        assert_eq!(event.kind(), *kind);
        assert_eq!(to_bytes(&event), bytes);
    }
}

#[test]
fn damaged_records_never_panic() {
    let mut random = Random::new(5);
    for stamped in &journal().events {
        let bytes = to_bytes(&stamped.event);
        for len in 0..bytes.len() {
            assert!(from_bytes::<Event>(&bytes[..len]).is_err(), "cut at {len}");
        }
        for _ in 0..500 {
            let mut damaged = bytes.clone();
            let at = usize::try_from(random.below(damaged.len() as u64)).unwrap();
            damaged[at] = random.next().to_le_bytes()[0];
            if let Ok(event) = from_bytes::<Event>(&damaged) {
                assert_eq!(from_bytes::<Event>(&to_bytes(&event)).as_ref(), Ok(&event));
            }
        }
    }
}

#[test]
fn random_bytes_are_no_records() {
    let mut random = Random::new(17);
    for _ in 0..20_000 {
        let len = usize::try_from(random.below(64)).unwrap();
        let bytes: Vec<u8> = (0..len).map(|_| random.next().to_le_bytes()[0]).collect();
        drop(from_bytes::<Event>(&bytes));
        drop(from_bytes::<Reply>(&bytes));
        drop(take_batch(&bytes));
    }
}

#[test]
fn a_batch_comes_back_as_it_was() {
    let house = journal();
    let mut batch = boxoffice_engine::event::BatchBytes::default();
    for stamped in &house.events {
        batch.push(stamped);
    }
    let bytes = batch.finish();
    let back: Vec<Stamped> = take_batch(&bytes).unwrap();
    assert_eq!(back, house.events);
    for len in 0..bytes.len() {
        assert!(take_batch(&bytes[..len]).is_err(), "cut at {len}");
    }
    // A count that the rest cannot hold is refused before anything is reserved for it.
    let mut huge = Vec::new();
    u64::MAX.put(&mut huge);
    assert!(take_batch(&huge).is_err());
}
