//! Snapshots: sound ones come back, damaged ones are refused, none panics.

use boxoffice_engine::codec::Damaged;
use boxoffice_engine::names::Seed;
use boxoffice_engine::snapshot::{from_snapshot, to_snapshot};
use boxoffice_engine::state::State;

use crate::house::House;
use crate::random::Random;

/// A house with one of everything.
fn busy_house() -> House {
    let mut house = House::new();
    let table = "
        show s rows=2x5,1x3 areas=floor:9:5 tariffs=full:100,half:50 nfs=B5 => show 0 created
        show s rows=2x5 areas=floor:9:5,roof:2:9 tariffs=full:100,half:50 nfs=B5 => show 0 changed
        product p price=10 stock=9           => product-created p @10 stock 9 sold 0
        hold s ann seats=A1,A2@half session  => held 1 f1 ann A1:100,A2@half:50 =150 until 10000ms
        hold s bob places=floor:2 key=k1     => held 2 f1 bob floorx2:5 =10 until 10000ms
        book s cem seats=A3,A4               => booked 1 cem A3:100,A4:100 =200 Confirmed
        cancel-booking 1 seats=A4            => booking-cancelled 1 cem A3:100 =200 Confirmed
        charge ann 500 key=k2                => charged ann 500 v1 moved 500
        order ann items=p:2 show=s seats=B1  => ordered 1 ann pending px2,B1:100 =120 by 20000ms
        pay 1                                => paid 1 ann paid 120 balance 380 booking 2
        refund 1 items=p:1                   => refunded 1 ann paid 10 balance 390 booking 2
        order bob show=s places=floor:3      => ordered 2 bob pending floorx3:5 =15 by 20000ms
        pay 2 ref=r1 amount=3                => credited 2 bob pending 3 balance 3 ref r1
        order cem items=p:1                  => ordered 3 cem pending px1 =10 by 900000ms
        cancel-order 3                       => order-cancelled 3 cem cancelled px1 =10 by 900000ms
    ";
    house.run(table);
    house
}

#[test]
fn a_snapshot_comes_back_under_any_seed() {
    let house = busy_house();
    let bytes = to_snapshot(&house.state);
    for seed in [0, 1, 2, u64::MAX] {
        let back = from_snapshot(&bytes, Seed(seed)).unwrap();
        assert!(to_snapshot(&back) == bytes);
    }
}

#[test]
fn an_empty_house_has_a_snapshot() {
    let bytes = to_snapshot(&State::new(Seed(3)));
    assert_eq!(to_snapshot(&from_snapshot(&bytes, Seed(4)).unwrap()), bytes);
}

#[test]
fn a_restored_house_goes_on_as_the_first() {
    let mut house = busy_house();
    house.follower = from_snapshot(&to_snapshot(&house.state), Seed(99)).unwrap();
    house.run(
        "
        hold s dan best=2                    => held 3 f1 dan A4:100,A5:100 =200 until 10000ms
        release-session s ann                => released 1 f1 ann A1:100,A2@half:50 =150 until 10000ms
        pay 2 ref=r1 amount=3                => credited 2 bob pending 3 balance 3 ref r1
        charge ann 500 key=k2                => again charged ann 500 v1 moved 500
        at 10s
        hold s dan places=floor:6            => held 4 f1 dan floorx6:5 =30 until 20000ms
        at 20s
        pay 2                                => refused insufficient-balance(3)
        expire 100                           => expired 2
        ",
    );
}

#[test]
fn another_version_is_refused() {
    let mut bytes = to_snapshot(&busy_house().state);
    bytes[0] = 2;
    let found = from_snapshot(&bytes, Seed(1)).unwrap_err();
    assert_eq!(found, Damaged::UnknownTag("snapshot version", 2));
}

#[test]
fn a_cut_snapshot_is_refused_wherever_it_is_cut() {
    let bytes = to_snapshot(&busy_house().state);
    for len in 0..bytes.len() {
        assert!(
            from_snapshot(&bytes[..len], Seed(1)).is_err(),
            "cut at {len}"
        );
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(
        from_snapshot(&longer, Seed(1)).unwrap_err(),
        Damaged::Trailing
    );
}

/// A changed byte may give another sound state (an amount of money that adds up, a name), never a
/// panic, and never one that breaks an invariant.
#[test]
fn a_changed_byte_never_panics() {
    let bytes = to_snapshot(&busy_house().state);
    let mut n_refused = 0;
    for at in 0..bytes.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= change;
            match from_snapshot(&damaged, Seed(1)) {
                Ok(state) => assert_eq!(boxoffice_engine::invariants::check(&state), Ok(())),
                Err(_) => n_refused += 1,
            }
        }
    }
    assert!(
        n_refused > bytes.len(),
        "only {n_refused} of {} changes were seen",
        bytes.len() * 3
    );
}

#[test]
fn random_bytes_never_panic() {
    let sound = to_snapshot(&busy_house().state);
    let mut random = Random::new(11);
    for _ in 0..2_000 {
        let mut damaged = sound.clone();
        for _ in 0..=random.below(8) {
            let at = usize::try_from(random.below(damaged.len() as u64)).unwrap();
            damaged[at] = random.next().to_le_bytes()[0];
        }
        drop(from_snapshot(&damaged, Seed(1)));
    }
}
