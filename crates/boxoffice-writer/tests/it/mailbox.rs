//! The inbox: bounds, classes, close.

use boxoffice_engine::command::{Action, Class};
use boxoffice_engine::ids::{BookingId, OrderId};
use boxoffice_writer::mailbox::{BATCH_MAX, CLASS_SHARE_MIN, INBOX_PER_CLASS_MAX, Mailbox};
use boxoffice_writer::request::Unavailable;

use crate::house::{hold, request};

type Inbox = Mailbox<u32>;

fn send(inbox: &Inbox, class: Class) -> Result<(), Unavailable> {
    let action = match class {
        Class::Finish => Action::CancelOrder(OrderId(1)),
        Class::Claim => hold("a", 1),
        Class::Read => Action::ReadBooking(BookingId(1)),
    };
    assert_eq!(action.class(), class);
    inbox.send(request(action), 0).map_err(|(why, _)| why)
}

fn classes(inbox: &Inbox) -> Vec<Class> {
    let requests = inbox.take();
    requests
        .iter()
        .map(|(request, _)| request.command.action.class())
        .collect()
}

#[test]
fn what_finishes_something_goes_first() {
    let inbox = Inbox::default();
    for class in [Class::Read, Class::Claim, Class::Finish, Class::Read] {
        send(&inbox, class).unwrap();
    }
    assert_eq!(
        classes(&inbox),
        [Class::Finish, Class::Claim, Class::Read, Class::Read]
    );
    assert_eq!(inbox.depth(), 0);
}

#[test]
fn every_class_keeps_its_share_however_much_of_the_others_waits() {
    let inbox = Inbox::default();
    for _ in 0..BATCH_MAX {
        for class in [Class::Finish, Class::Claim, Class::Read] {
            send(&inbox, class).unwrap();
        }
    }
    let batch = classes(&inbox);
    assert_eq!(batch.len(), BATCH_MAX);
    for class in [Class::Claim, Class::Read] {
        assert_eq!(
            batch.iter().filter(|other| **other == class).count(),
            CLASS_SHARE_MIN
        );
    }
}

#[test]
fn a_full_class_turns_away_with_the_measured_pause_and_others_go_on() {
    let inbox = Inbox::default();
    inbox.set_retry_after_ms(2_500);
    for _ in 0..INBOX_PER_CLASS_MAX {
        send(&inbox, Class::Claim).unwrap();
    }
    let turned_away = Unavailable::Overloaded {
        retry_after_ms: 2_500,
    };
    assert_eq!(send(&inbox, Class::Claim), Err(turned_away));
    assert_eq!(send(&inbox, Class::Finish), Ok(()));
    assert_eq!(inbox.depth(), INBOX_PER_CLASS_MAX + 1);
}

#[test]
fn a_closed_inbox_lets_nothing_in_and_gives_out_what_it_has() {
    let inbox = Inbox::default();
    send(&inbox, Class::Claim).unwrap();
    inbox.close();
    assert_eq!(send(&inbox, Class::Claim), Err(Unavailable::Stopping));
    assert_eq!(inbox.take().len(), 1);
    assert!(inbox.take().is_empty());
}
