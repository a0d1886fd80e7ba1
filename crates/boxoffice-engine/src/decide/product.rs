//! Decides products: putting, reading, restocking.

use crate::command::{PutProduct, Restock};
use crate::event::{Event, ProductPut, Restocked};
use crate::ids::{Name, Position, ProductIdx};
use crate::limits::{PRODUCTS_MAX, STOCK_MAX};
use crate::reply::{Missing, ProductView, Reply, Rule};

use super::{Context, Outcome, Stop};

impl Context<'_> {
    pub(super) fn put_product(&self, put: &PutProduct) -> Outcome {
        if let Some(idx) = self
            .state
            .product_names
            .find(put.product.as_bytes())
            .map(ProductIdx)
        {
            return self.change_product(put, idx);
        }
        if self.state.products.len() >= PRODUCTS_MAX {
            return Err(self.refuse(Rule::HouseFull));
        }
        // Nothing below may fail.
        let count = self.state.products.len();
        let idx = ProductIdx(u32::try_from(count).expect("PRODUCTS_MAX is small"));
        let initial = put.initial.unwrap_or(0);
        let view = ProductView {
            product: idx,
            id: put.product.clone(),
            title: put.title.clone(),
            price: put.price,
            currency: put.currency,
            initial,
            restocked: 0,
            sold: 0,
        };
        let event = self.product_event(put, idx, initial, Position(0));
        self.effect(Reply::ProductCreated(view), vec![event])
    }

    fn change_product(&self, put: &PutProduct, idx: ProductIdx) -> Outcome {
        let product = self.state.product(idx);
        let same_start = put.initial.is_none_or(|initial| initial == product.initial);
        if product.currency != put.currency || !same_start {
            return Err(self.refuse_at(Rule::ExistsWithDifferentBody, product.last));
        }
        self.check_none_overdue(idx)?;
        let mut view = self.state.product_view(idx);
        if product.title == put.title && product.price == put.price {
            return self.read(Reply::Product(view), product.last);
        }
        // Nothing below may fail.
        view.title = put.title.clone();
        view.price = put.price;
        let event = self.product_event(put, idx, product.initial, product.last);
        self.effect(Reply::Product(view), vec![event])
    }

    fn product_event(
        &self,
        put: &PutProduct,
        product: ProductIdx,
        initial: u64,
        previous: Position,
    ) -> Event {
        Event::ProductPut(ProductPut {
            product,
            id: put.product.clone(),
            principal: self.command.caller.principal,
            title: put.title.clone(),
            price: put.price,
            currency: put.currency,
            initial,
            previous,
        })
    }

    fn find_product(&self, name: &Name) -> Result<ProductIdx, Stop> {
        let found = self
            .state
            .product_names
            .find(name.as_bytes())
            .map(ProductIdx);
        found.ok_or_else(|| self.missing(Missing::Product(name.clone())))
    }

    /// What overdue orders had is in stock again: they are expired before the stock is shown.
    fn check_none_overdue(&self, product: ProductIdx) -> Result<(), Stop> {
        self.scan_due_orders(product).map_or(Ok(()), Err)
    }

    pub(super) fn read_product(&self, name: &Name) -> Outcome {
        let idx = self.find_product(name)?;
        self.check_none_overdue(idx)?;
        self.read(
            Reply::Product(self.state.product_view(idx)),
            self.state.product(idx).last,
        )
    }

    pub(super) fn restock(&self, restock: &Restock) -> Outcome {
        let idx = self.find_product(&restock.product)?;
        let product = self.state.product(idx);
        let restocked = product
            .restocked
            .saturating_add(u64::from(restock.quantity));
        if product.initial.saturating_add(restocked) > STOCK_MAX {
            return Err(self.refuse_at(Rule::AmountRange, product.last));
        }
        self.check_none_overdue(idx)?;
        // Nothing below may fail.
        let mut view = self.state.product_view(idx);
        view.restocked = restocked;
        let event = Restocked {
            product: idx,
            quantity: restock.quantity,
            previous: product.last,
        };
        self.effect(Reply::Product(view), vec![Event::Restocked(event)])
    }
}
