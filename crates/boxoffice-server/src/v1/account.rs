//! Accounts: charge, read, statement.

use boxoffice_api::Problem;
use boxoffice_api::v1::account::{AccountResponse, ChargeRequest, StatementLine};
use boxoffice_api::v1::query::AccountQuery;
use boxoffice_engine::command::{AccountRule, Action, Charge};
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{AccountView, Reply};
use http::StatusCode;

use super::{Ask, Context, claim, path_name, problem, put_name, render, stamp, valid_currency};
use crate::http::Response;
use crate::problem::Asked;

/// `POST /v1/accounts/{buyer}/charge`.
pub(super) fn charge(cx: &Context<'_>, buyer: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let buyer = put_name(buyer)?;
    let request: ChargeRequest = cx.body()?;
    Ok(Ask::plain(Action::Charge(Charge {
        buyer,
        amount: Amount(request.amount),
        currency: Some(valid_currency(&request.currency)),
        account: AccountRule::OpenOrCharge,
    })))
}

/// `GET /v1/accounts/{buyer}`: the balance from the writer, the statement from the journal.
pub(super) async fn read(cx: &Context<'_>, buyer: &str) -> Response {
    let prepare = || {
        let query = AccountQuery::parse(cx.query()).map_err(problem::of_query)?;
        Ok::<_, Problem<'static>>((query, path_name("account", buyer)?))
    };
    let (query, buyer) = match prepare() {
        Ok(prepared) => prepared,
        Err(problem) => return cx.refuse(problem),
    };
    let answered = match cx.ask(Action::ReadAccount(buyer.clone())).await {
        Ok(answered) => answered,
        Err(problem) => return cx.refuse(problem),
    };
    let Reply::Account(view) = &answered.answer.reply else {
        return render::reply(cx, &answered, &Asked::Other);
    };
    let lines_max = usize::try_from(query.statement).unwrap_or(usize::MAX);
    let statement = if lines_max == 0 {
        None
    } else {
        match cx
            .app
            .views
            .account_statement(&buyer, view.last, None, lines_max)
            .await
        {
            Ok(page) => Some(page.lines),
            Err(refusal) => return cx.refuse(refusal.problem()),
        }
    };
    let mut response = stamp::json(StatusCode::OK, &response(view, statement));
    stamp::stamp(response.headers_mut(), &answered);
    response
}

/// An account, with its statement where it was asked for.
pub(super) fn response<'a>(
    view: &'a AccountView,
    statement: Option<Vec<StatementLine<'a>>>,
) -> AccountResponse<'a> {
    AccountResponse {
        buyer: view.buyer.as_str().into(),
        balance: view.balance.0,
        currency: claim::currency(view.currency),
        version: view.version,
        statement,
    }
}
