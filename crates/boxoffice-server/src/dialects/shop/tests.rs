//! Bodies in, bodies out: the shop's calls without a house.

use boxoffice_engine::ids::{Position, ProductIdx, Text};
use boxoffice_engine::reply::{AccountView, OrderView, PaymentView, Shape};

use super::super::testing::{
    AT, answered, check, check_timed, currency, missing, name, order as order_view,
    refused as refusing, shown,
};
use super::*;
use crate::http::Rejection;
use crate::problem;

#[test]
fn a_charge_names_an_amount_and_perhaps_a_key() {
    assert_eq!(
        parse_charge(br#"{"amount":10000}"#),
        Ok((Amount(10_000), Words::Missing))
    );
    let with_key = parse_charge(br#"{"amount":1,"idempotencyKey":"k","x":1}"#);
    assert_eq!(with_key, Ok((Amount(1), Words::Is("k".to_owned()))));
    for body in [
        "",
        "[10000]",
        "{}",
        r#"{"amount":0}"#,
        r#"{"amount":-1}"#,
        r#"{"amount":1.5}"#,
        r#"{"amount":"1"}"#,
        r#"{"amount":9007199254740992}"#,
        r#"{"amount":99999999999999999999}"#,
    ] {
        assert_eq!(parse_charge(body.as_bytes()), Err(BAD_REQUEST), "{body}");
    }
}

#[test]
fn an_order_names_a_user_and_items() {
    let wanted = parse_order(br#"{"userId":1,"items":[{"productId":1,"quantity":1}]}"#);
    let items = vec![(name("shop:1"), 1)];
    assert_eq!(
        wanted,
        Ok(Wanted {
            user: 1,
            items,
            key: Words::Missing
        })
    );
    for body in [
        "",
        "{}",
        r#"{"userId":1}"#,
        r#"{"userId":1,"items":[]}"#,
        r#"{"userId":1,"items":[[1,1]]}"#,
        r#"{"userId":1,"items":{"productId":1,"quantity":1}}"#,
        r#"{"userId":1,"items":[{"productId":1}]}"#,
        r#"{"userId":1,"items":[{"productId":1,"quantity":0}]}"#,
        r#"{"userId":1,"items":[{"productId":1,"quantity":-1}]}"#,
        r#"{"userId":1,"items":[{"productId":1,"quantity":1000001}]}"#,
        r#"{"userId":1,"items":[{"productId":1,"quantity":99999999999}]}"#,
        r#"{"userId":1,"items":[{"productId":"1","quantity":1}]}"#,
        r#"{"userId":"1","items":[{"productId":1,"quantity":1}]}"#,
        r#"{"userId":0,"items":[{"productId":1,"quantity":1}]}"#,
    ] {
        assert_eq!(parse_order(body.as_bytes()), Err(BAD_REQUEST), "{body}");
    }
}

#[test]
fn a_payment_needs_a_key_and_ignores_the_amount() {
    for body in [
        r#"{"userId":1,"idempotencyKey":"k"}"#,
        r#"{"userId":1,"idempotencyKey":"k","amount":-5}"#,
        r#"{"userId":1,"idempotencyKey":"k","amount":"x"}"#,
    ] {
        assert_eq!(
            parse_payment(body.as_bytes()),
            Ok((1, "k".to_owned())),
            "{body}"
        );
    }
    for (body, refused) in [
        ("", BAD_REQUEST),
        ("{}", BAD_REQUEST),
        (r#"{"userId":"1","idempotencyKey":"k"}"#, BAD_REQUEST),
        (r#"{"userId":1}"#, BAD_KEY),
        (r#"{"userId":1,"idempotencyKey":""}"#, BAD_KEY),
        (r#"{"userId":1,"idempotencyKey":7}"#, BAD_KEY),
        (r#"{"userId":1,"idempotencyKey":"a b"}"#, BAD_KEY),
    ] {
        assert_eq!(parse_payment(body.as_bytes()), Err(refused), "{body}");
    }
    let long = format!(r#"{{"userId":1,"idempotencyKey":"{}"}}"#, "k".repeat(129));
    assert_eq!(parse_payment(long.as_bytes()), Err(BAD_KEY));
}

#[test]
fn a_charge_answers_with_the_balance() {
    let account = AccountView {
        buyer: name("shop:1"),
        balance: Amount(60_000),
        currency: currency("KRW"),
        version: 2,
        amount: Amount(10_000),
        at: AT,
        last: Position(1),
    };
    check(
        &charged(&Reply::Charged(account), 1),
        200,
        concat!(
            r#"{"userId":1,"balance":60000,"chargedAmount":10000,"#,
            r#""chargedAt":"2026-05-01T18:00:00.000Z"}"#,
        ),
    );
    check_timed(
        &charged(&missing(Missing::Account), 1),
        404,
        concat!(
            r#"{"code":"U001","message":"사용자를 찾을 수 없습니다. There is no such user; nothing was "#,
            r#"changed.","timestamp":"*"}"#,
        ),
    );
}

#[test]
fn an_order_answers_with_its_items() {
    let item = ItemView {
        product: ProductIdx(0),
        id: name("shop:1"),
        title: Text::new("Product 1").unwrap(),
        quantity: 2,
        refunded: 0,
        unit_price: Amount(50_000),
    };
    let order = OrderView {
        items: vec![item],
        ..order_view("shop:1", None, 100_000)
    };
    check(
        &ordered(&Reply::OrderPlaced(order), 1),
        201,
        concat!(
            r#"{"orderId":7,"userId":1,"orderNumber":"ORD-000000000007","items":["#,
            r#"{"productId":1,"productName":"Product 1","quantity":2,"unitPrice":50000,"#,
            r#""subtotal":100000}],"subtotalAmount":100000,"discountAmount":0,"#,
            r#""totalAmount":100000,"status":"PENDING","createdAt":"2026-05-01T18:00:00.000Z"}"#,
        ),
    );
    let (status, body) = shown(&ordered(&refusing(Rule::SoldOut(0)), 1));
    assert_eq!(status, 409);
    assert!(
        body.contains("P002") && body.contains("재고") && body.contains("stock"),
        "{body}"
    );
}

#[test]
fn the_first_payment_of_a_key_is_200_and_every_repeat_409() {
    let payment = PaymentView {
        order: OrderId(7),
        buyer: name("shop:1"),
        status: OrderStatus::Paid,
        amount: Amount(50_000),
        currency: currency("KRW"),
        balance: Some(Amount(10_000)),
        booking: None,
        reference: None,
        at: AT,
    };
    check(
        &paid(&answered(Reply::Paid(payment.clone()), false)),
        200,
        concat!(
            r#"{"orderId":7,"paidAmount":50000,"remainingBalance":10000,"status":"SUCCESS","#,
            r#""dataTransmission":"PENDING","paidAt":"2026-05-01T18:00:00.000Z"}"#,
        ),
    );
    let (status, body) = shown(&paid(&answered(Reply::Paid(payment), true)));
    assert_eq!(status, 409);
    assert!(body.contains(r#""code":"PAY003""#), "{body}");
}

#[test]
fn a_refusal_has_its_code_on_its_first_use_and_on_every_repeat() {
    for (rule, status, code) in [
        (Rule::InsufficientBalance(Amount(1)), 409, "PAY001"),
        (Rule::OrderNotPending(OrderStatus::Paid), 400, "O003"),
        (Rule::OrderExpired, 400, "O003"),
        (Rule::NotFound(Missing::Order), 404, "O002"),
        (Rule::NotFound(Missing::Account), 404, "U001"),
        (
            Rule::NotFound(Missing::Product(name("shop:99"))),
            404,
            "P001",
        ),
        (Rule::SoldOut(3), 409, "P002"),
        (Rule::KeyReused, 400, "COMMON002"),
        (Rule::Shape(Shape::Duplicate), 400, "COMMON002"),
        (Rule::AmountRange, 400, "COMMON002"),
        (Rule::KeysExhausted, 503, "idempotency-keys-full"),
        (Rule::Busy, 503, "busy"),
    ] {
        for replayed in [false, true] {
            let response = paid(&answered(refusing(rule.clone()), replayed));
            let (found, body) = shown(&response);
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            let found_code = body["code"].as_str().unwrap().to_owned();
            if status == 503 {
                assert!(
                    response.headers().contains_key(http::header::RETRY_AFTER),
                    "{rule:?}"
                );
                assert_eq!(found, status, "{rule:?}");
            } else {
                assert_eq!((found, found_code.as_str()), (status, code), "{rule:?}");
            }
        }
    }
}

#[test]
fn no_text_has_a_word_that_the_scripts_count() {
    let rejections = [
        Rejection::TargetMalformed,
        Rejection::HostMissing,
        Rejection::BodyTooLarge { bytes_max: 1 },
        Rejection::BodiesFull,
        Rejection::BodyTimeout { timeout_ms: 1 },
        Rejection::Internal,
    ];
    let mut texts: Vec<String> = rejections
        .iter()
        .map(|r| shown(&refuse(&problem::of_rejection(r))).1)
        .collect();
    for code in ErrorCode::ALL {
        texts.push(shown(&refuse(&Problem::new(*code, ""))).1);
    }
    use boxoffice_writer::request::Unavailable;
    for why in [
        Unavailable::Overloaded { retry_after_ms: 1 },
        Unavailable::StorageFull,
        Unavailable::DeadlinePassed,
        Unavailable::Stopping,
        Unavailable::OutcomeUnknown,
    ] {
        texts.push(shown(&refuse(&problem::of_unavailable(why, true))).1);
    }
    for refused in [
        BAD_REQUEST,
        BAD_KEY,
        KEY_REUSED,
        FOREIGN_ORDER,
        NO_USER,
        NO_PRODUCT,
        NO_STOCK,
        NO_ORDER,
        NOT_PENDING,
        NO_BALANCE,
        PAID_BEFORE,
    ] {
        texts.push(shown(&refused.response()).1);
    }
    for text in texts {
        let lower = text.to_lowercase();
        assert!(
            !lower.contains("timeout") && !lower.contains("optimisticlock"),
            "{text}"
        );
    }
}
