//! Accounts and products.

super::tables! {
    the_first_charge_opens_the_account = "
        charge ann 0                         => refused shape(out-of-range)
        charge ann -5                        => refused shape(out-of-range)
        account ann                          => refused not-found(account)
        charge ann 5 charge-only             => refused not-found(account)
        charge ann 5 cur=none                => refused shape(currency)
        charge ann 5                         => charged ann 5 v1 moved 5
        charge ann 7 cur=none                => charged ann 12 v2 moved 7
        charge ann 7 cur=USD                 => refused shape(currency)
        charge ann 7 open-only               => refused exists
        charge ann 8 charge-only             => charged ann 20 v3 moved 8
        charge bob 8 open-only               => charged bob 8 v1 moved 8
        account ann                          => account ann 20 v3 moved 0
        charge ann 9007199254740971          => charged ann 9007199254740991 v4 moved 9007199254740971
        charge ann 1                         => refused amount-range
    ";
    a_product_is_put_and_restocked = "
        product p price=-1                   => refused shape(out-of-range)
        product p stock=9007199254740993     => refused shape(out-of-range)
        read-product p                       => refused not-found(product:p)
        restock p 5                          => refused not-found(product:p)
        product p price=10 stock=3           => product-created p @10 stock 3 sold 0
        product p price=10 stock=3           => product p @10 stock 3 sold 0
        product p price=12 title=New         => product p @12 stock 3 sold 0
        product p price=12 stock=4           => refused exists-with-different-body
        product p price=12 cur=USD           => refused exists-with-different-body
        restock p 0                          => refused shape(out-of-range)
        restock p 1000000001                 => refused shape(out-of-range)
        restock p 5                          => product p @12 stock 8 sold 0
        read-product p                       => product p @12 stock 8 sold 0
        product q                            => product-created q @10 stock 0 sold 0
        product r stock=9007199254740992     => product-created r @10 stock 9007199254740992 sold 0
        restock r 1                          => refused amount-range
        restock q 1000000000                 => product q @10 stock 1000000000 sold 0
    ";
}

/// 1,025 accounts with the largest balance are more than 63 bits of money.
#[test]
fn the_money_of_a_house_may_exceed_the_largest_amount() {
    let mut house = crate::house::House::new();
    for buyer in 0..1_030 {
        let row = format!(
            "charge b{buyer} 9007199254740991 => charged b{buyer} 9007199254740991 v1 moved \
             9007199254740991"
        );
        house.run(&row);
    }
}
