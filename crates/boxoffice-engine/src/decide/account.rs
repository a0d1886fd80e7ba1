//! Decides accounts: charging and reading.

use crate::command::{AccountRule, Charge};
use crate::event::{AccountChanged, Event, Movement};
use crate::ids::{Name, Position};
use crate::money::Amount;
use crate::reply::{AccountView, Missing, Reply, Rule, Shape};

use super::{Context, Outcome};

impl Context<'_> {
    pub(super) fn charge(&self, charge: &Charge) -> Outcome {
        let idx = self.state.buyer_idx(&charge.buyer);
        let buyer = idx.map(|idx| self.state.buyer(idx));
        let account = buyer.and_then(|buyer| buyer.account.as_deref());
        match (account, charge.account) {
            (Some(account), _) if !self.may_see(account.principal) => {
                return Err(self.missing(Missing::Account));
            }
            (Some(account), AccountRule::OpenOnly) => {
                return Err(self.refuse_at(Rule::Exists, account.last));
            }
            (None, AccountRule::ChargeOnly) => return Err(self.missing(Missing::Account)),
            (Some(_), AccountRule::OpenOrCharge | AccountRule::ChargeOnly)
            | (None, AccountRule::OpenOrCharge | AccountRule::OpenOnly) => {}
        }
        let own = buyer.and_then(|buyer| buyer.currency);
        let currency = match (own, charge.currency) {
            (Some(own), Some(given)) if own != given => {
                return Err(self.refuse(Rule::Shape(Shape::Currency)));
            }
            (Some(own), _) => own,
            (None, Some(given)) => given,
            (None, None) => return Err(self.refuse(Rule::Shape(Shape::Currency))),
        };
        let before = account.map_or(Amount::ZERO, |account| account.balance);
        let balance = before.plus(charge.amount);
        let balance = balance.ok_or_else(|| self.refuse(Rule::AmountRange))?;
        if self.is_full_of_buyers(&charge.buyer) {
            return Err(self.refuse(Rule::HouseFull));
        }
        // Nothing below may fail.
        let view = AccountView {
            buyer: charge.buyer.clone(),
            balance,
            currency,
            version: account.map_or(0, |a| a.version).saturating_add(1),
            amount: charge.amount,
            at: self.now.at,
            last: self.now.position,
        };
        let event = AccountChanged {
            buyer: charge.buyer.clone(),
            principal: account.map_or(self.command.caller.principal, |a| a.principal),
            movement: Movement::Charge,
            amount: charge.amount,
            balance,
            currency,
            previous: account.map_or(Position(0), |a| a.last),
        };
        self.effect(Reply::Charged(view), vec![Event::AccountChanged(event)])
    }

    pub(super) fn read_account(&self, name: &Name) -> Outcome {
        let idx = self.state.buyer_idx(name);
        let account = idx.and_then(|idx| self.state.buyer(idx).account.as_deref());
        let visible = account.filter(|account| self.may_see(account.principal));
        let view = idx.and_then(|idx| self.state.account_view(idx, Amount::ZERO));
        match (visible, view) {
            (Some(account), Some(view)) => self.read(Reply::Account(view), account.last),
            _ => Err(self.missing(Missing::Account)),
        }
    }
}
