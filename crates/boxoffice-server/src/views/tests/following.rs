//! The follower: from the journal's start, from the feed, and behind it.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_engine::event::{Event, TermStarted};
use boxoffice_engine::ids::{Position, SeatIdx};
use boxoffice_writer::feed::WINDOW_ENTRIES_MAX;

use crate::views::testing::{SHOW, TestHouse, spec, views_on};
use crate::views::{EntryError, FollowFailed, Refusal, Status, Views, start};

const PATIENCE: Duration = Duration::from_secs(20);

fn busy_house(n_entries: u32) -> TestHouse {
    let mut house = TestHouse::with_show(spec(4, 25, 0));
    for round in 0..n_entries {
        let event = match round % 3 {
            0 => house.hold(u64::from(round), &[round % 100]),
            1 => house.book(
                u64::from(round),
                boxoffice_engine::event::Source::Direct,
                &[round % 100],
            ),
            _ => house.cancel(u64::from(round), &[round % 100]),
        };
        house.commit(vec![event]);
    }
    house
}

#[track_caller]
fn agree(a: &Views, b: &Views) {
    assert_eq!(a.position(), b.position());
    assert_eq!(a.totals(SHOW), b.totals(SHOW));
    let (a, b) = (a.seats(SHOW).unwrap(), b.seats(SHOW).unwrap());
    let seats = || a.layout().rows.iter().flat_map(|row| row.seats.iter());
    assert!(seats().all(|seat| a.status(seat) == b.status(seat)));
}

#[tokio::test]
async fn a_late_follower_reads_the_journal_and_then_the_feed() {
    let mut house = busy_house(u32::try_from(WINDOW_ENTRIES_MAX).unwrap() * 2);
    let (views, feed) = views_on(&house.storage, house.views.position());
    let follower = start(Arc::clone(&views)).unwrap();
    views
        .reached(house.views.position(), PATIENCE)
        .await
        .unwrap();
    agree(&views, &house.views);
    // From now on the feed has everything.
    for round in 0..50 {
        let hold = house.hold(round, &[1]);
        let entry = house.store(vec![hold]);
        house.views.apply(&entry);
        feed.publish(entry);
    }
    views
        .reached(house.views.position(), PATIENCE)
        .await
        .unwrap();
    agree(&views, &house.views);
    assert_eq!(views.lag(), 0);
    assert!(!follower.has_ended());
    follower.stop().unwrap();
}

#[tokio::test]
async fn a_follower_ends_when_the_feed_is_closed_and_applied() {
    let house = busy_house(300);
    let (views, feed) = views_on(&house.storage, house.views.position());
    feed.close();
    let follower = start(Arc::clone(&views)).unwrap();
    views
        .reached(house.views.position(), PATIENCE)
        .await
        .unwrap();
    follower.stop().unwrap();
    agree(&views, &house.views);
}

#[test]
fn a_damaged_entry_stops_the_views_before_it() {
    let house = busy_house(20);
    house.storage.edit(|entries| entries[9].payload[0] ^= 0x40);
    let (views, _feed) = views_on(&house.storage, house.views.position());
    let error = join(start(Arc::clone(&views)).unwrap()).unwrap_err();
    let FollowFailed::Entry {
        position: 9,
        source: EntryError::Read(_),
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(views.position().0, 9);
    assert!(views.has_failed());
}

#[tokio::test]
async fn who_waits_for_views_that_fail_is_told_at_once() {
    let house = busy_house(20);
    house.storage.edit(|entries| entries[9].payload[0] ^= 0x40);
    let newest = house.views.position();
    let (views, _feed) = views_on(&house.storage, newest);
    let waiting = tokio::spawn({
        let views = Arc::clone(&views);
        async move { views.reached(newest, Duration::MAX).await }
    });
    tokio::task::yield_now().await;
    drop(join(start(Arc::clone(&views)).unwrap()));
    let behind = Refusal::Behind {
        wanted: newest.0,
        reached: 9,
    };
    assert_eq!(waiting.await.unwrap(), Err(behind.clone()));
    // So is who comes later, without a wait.
    assert_eq!(views.reached(newest, Duration::MAX).await, Err(behind));
    views.reached(Position(9), Duration::ZERO).await.unwrap();
}

#[test]
fn a_panic_of_the_follower_is_a_failure_of_the_views() {
    let house = busy_house(3);
    let (views, _feed) = views_on(&house.storage, house.views.position());
    let poisoner = Arc::clone(&views);
    let poisoned = std::thread::spawn(move || {
        let _core = poisoner.core.write();
        panic!("an entry was applied in part");
    });
    assert!(poisoned.join().is_err());
    let error = join(start(Arc::clone(&views)).unwrap()).unwrap_err();
    assert!(matches!(error, FollowFailed::Panicked), "{error:?}");
    assert!(views.has_failed());
}

#[tokio::test]
async fn a_show_is_given_as_of_a_position_or_not_at_all() {
    let mut house = TestHouse::with_show(spec(1, 4, 0));
    let next = house.next();
    let early = house.views.seats_at(SHOW, next, Duration::ZERO).await;
    assert!(
        matches!(early, Err(Refusal::Behind { .. })),
        "it would show the seat as free: {early:?}"
    );
    let hold = house.hold(1, &[2]);
    house.commit(vec![hold]);
    let seats = house.views.seats_at(SHOW, next, Duration::ZERO).await;
    assert_eq!(seats.unwrap().status(SeatIdx(2)), Status::Held);
}

#[test]
fn a_missing_entry_stops_the_views_before_it() {
    let house = busy_house(20);
    let newest = house.views.position();
    house.storage.truncate(boxoffice_journal::Position(5));
    let (views, _feed) = views_on(&house.storage, newest);
    let error = join(start(Arc::clone(&views)).unwrap()).unwrap_err();
    assert!(
        matches!(error, FollowFailed::Entry { position: 5, .. }),
        "{error:?}"
    );
}

/// Waits for a thread that ends by itself.
fn join(follower: crate::views::Follower) -> Result<(), FollowFailed> {
    while !follower.has_ended() {
        std::thread::yield_now();
    }
    follower.stop()
}

#[tokio::test]
async fn nothing_unpublished_is_shown_although_the_journal_has_it() {
    let mut house = busy_house(5);
    let published = house.views.position();
    let entry = house.store(vec![Event::TermStarted(TermStarted { term: 1 })]);
    assert!(published < entry.position);
    let (views, feed) = views_on(&house.storage, published);
    let follower = start(Arc::clone(&views)).unwrap();
    views.reached(published, PATIENCE).await.unwrap();
    feed.publish(entry);
    feed.close();
    while !follower.has_ended() {
        tokio::task::yield_now().await;
    }
    follower.stop().unwrap();
    assert_eq!(views.position().0, published.0 + 1);
}
