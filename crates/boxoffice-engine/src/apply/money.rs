//! Applies what happens to accounts and outside payments.

use crate::event::{AccountChanged, Movement, OutsideRecorded};
use crate::money::Amount;
use crate::state::State;
use crate::state::records::{Account, Outside};

use super::Stamp;

impl State {
    pub(super) fn change_account(&mut self, changed: &AccountChanged, stamp: Stamp) {
        let idx = self.intern_buyer(&changed.buyer);
        let buyer = self.buyer_mut(idx);
        assert!(
            buyer
                .currency
                .is_none_or(|currency| currency == changed.currency),
            "I5: a buyer's money is of one currency"
        );
        buyer.currency = Some(changed.currency);
        let account = buyer.account.get_or_insert_with(|| {
            Box::new(Account {
                principal: changed.principal,
                balance: Amount::ZERO,
                version: 0,
                changed_at: stamp.at,
                last: stamp.position,
            })
        });
        let balance = account
            .balance
            .plus(changed.amount)
            .expect("I5: a balance stays in range");
        assert_eq!(
            balance, changed.balance,
            "I5: a balance is the sum of its movements"
        );
        assert!(balance >= Amount::ZERO, "I5: a balance is never negative");
        account.balance = balance;
        account.version = account
            .version
            .checked_add(1)
            .expect("fewer than 2^64 changes");
        account.changed_at = stamp.at;
        account.last = stamp.position;
        let moved = i128::from(changed.amount.0);
        let add = |sum: i128| {
            sum.checked_add(moved)
                .expect("I6: fewer than 2^64 movements")
        };
        let ledger = &mut self.ledger;
        ledger.balances = add(ledger.balances);
        match changed.movement {
            Movement::Charge => ledger.charged = add(ledger.charged),
            Movement::Credit(_) => ledger.credited = add(ledger.credited),
            // The order's own event moves the revenue.
            Movement::Payment(_) | Movement::Refund(_) => {}
        }
    }

    pub(super) fn record_outside(&mut self, outside: &OutsideRecorded, stamp: Stamp) {
        let record = Outside {
            order: outside.order,
            amount: outside.amount,
            credited: outside.credited,
            at: stamp.at,
            last: stamp.position,
        };
        let before = self.outside.insert(outside.reference.clone(), record);
        assert!(before.is_none(), "I9: a reference is used once");
    }
}
