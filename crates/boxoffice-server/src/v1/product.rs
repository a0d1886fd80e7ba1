//! Products: put, read, restock.

use boxoffice_api::Problem;
use boxoffice_api::v1::product::{ProductRequest, ProductResponse, RestockRequest};
use boxoffice_engine::command::{Action, PutProduct, Restock};
use boxoffice_engine::ids::Name;
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::ProductView;

use super::{Ask, Context, claim, count, path_name, put_name, valid_currency, valid_text};

/// `PUT /v1/products/{product}`.
pub(super) fn put(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let product = put_name(id)?;
    let request: ProductRequest = cx.body()?;
    Ok(Ask::plain(Action::PutProduct(put_product(
        product, &request,
    ))))
}

/// The command that makes a product as a valid request wants it.
pub(crate) fn put_product(product: Name, request: &ProductRequest) -> PutProduct {
    let title = valid_text(request.name.as_deref().unwrap_or(product.as_str()));
    PutProduct {
        title,
        price: Amount(request.price),
        currency: valid_currency(&request.currency),
        initial: request
            .stock
            .map(|stock| u64::try_from(stock).expect("stock was checked")),
        product,
    }
}

/// `GET /v1/products/{product}`.
pub(super) fn read(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    Ok(Ask::plain(Action::ReadProduct(path_name("product", id)?)))
}

/// `POST /v1/products/{product}/restock`.
pub(super) fn restock(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let product = path_name("product", id)?;
    let request: RestockRequest = cx.body()?;
    Ok(Ask::plain(Action::Restock(Restock {
        product,
        quantity: count(request.quantity),
    })))
}

/// A product with its counts.
pub(super) fn response(view: &ProductView) -> ProductResponse<'_> {
    ProductResponse {
        product: view.id.as_str().into(),
        name: view.title.as_str().into(),
        price: view.price.0,
        currency: claim::currency(view.currency),
        stock: view.stock(),
        initial: view.initial,
        restocked: view.restocked,
        sold: view.sold,
    }
}
