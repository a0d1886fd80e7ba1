//! Orders: placing, reading, listing, cancelling, expiring.

super::tables! {
    an_order_takes_stock_all_or_nothing = "
        product p price=10 stock=5           => product-created p @10 stock 5 sold 0
        product q price=3 stock=1            => product-created q @3 stock 1 sold 0
        order ann                            => refused shape(empty)
        order ann items=p:1,p:2              => refused shape(duplicate)
        order ann items=p:0                  => refused shape(out-of-range)
        order ann items=p:1000001            => refused shape(out-of-range)
        order ann items=p:1 ttl=99ms         => refused shape(out-of-range)
        order ann items=p:1 account          => refused not-found(account)
        order ann items=p:1,x:1              => refused not-found(product:x)
        order ann items=p:1,q:2              => refused sold-out(1)
        read-product p                       => product p @10 stock 5 sold 0
        order ann items=p:4,q:1              => ordered 1 ann pending px4,qx1 =43 by 900000ms
        order bob items=p:2                  => refused sold-out(1)
        read-product p                       => product p @10 stock 1 sold 4
        restock p 1                          => product p @10 stock 2 sold 4
        order bob items=p:2 ttl=1s           => ordered 2 bob pending px2 =20 by 1000ms
        read-order 1                         => order 1 ann pending px4,qx1 =43 by 900000ms
        read-order 3                         => refused not-found(order)
        charge ann 9                         => charged ann 9 v1 moved 9
        restock p 9                          => product p @10 stock 9 sold 6
        order ann items=p:1 account          => ordered 3 ann pending px1 =10 by 900000ms
    ";
    an_unpaid_order_gives_everything_back_at_its_deadline = "
        show s rows=1x2 areas=floor:1:5      => show 0 created
        product p price=10 stock=1           => product-created p @10 stock 1 sold 0
        order ann items=p:1 show=s seats=A1,A2 => ordered 1 ann pending px1,A1:100,A2:100 =210 by 20000ms
        order bob show=s places=floor:1      => ordered 2 bob pending floorx1:5 =5 by 20000ms
        at 19999999us
        order cem items=p:1                  => refused sold-out(0)
        hold s cem seats=A2                  => refused seat-unavailable A2:held@20000ms
        hold s cem places=floor:1            => refused sold-out(0)
        hold s cem best=1                    => refused sold-out(0)
        at 20s
        hold s cem places=floor:1            => held 1 f1 cem floorx1:5 =5 until 30000ms
        order cem items=p:1                  => ordered 3 cem pending px1 =10 by 920000ms
        hold s cem best=2                    => held 2 f1 cem A1:100,A2:100 =200 until 30000ms
        expire 100                           => expired 0
        read-order 1                         => order 1 ann expired px1,A1:100,A2:100 =210 by 20000ms
        read-order 2                         => order 2 bob expired floorx1:5 =5 by 20000ms
    ";
    an_order_consumes_its_hold_and_the_seats_live_until_it_is_due = "
        show s rows=1x2                      => show 0 created
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        at 9s
        order ann hold=1 fence=9             => refused fence-stale(1)
        order ann hold=1                     => ordered 1 ann pending A1:100,A2:100 =200 by 29000ms
        read-hold 1                          => refused hold-expired
        release 1                            => released nothing
        order ann hold=1                     => refused hold-expired
        at 28999999us
        hold s bob seats=A1                  => refused seat-unavailable A1:held@29000ms
        at 29s
        hold s bob seats=A1                  => held 2 f1 bob A1:100 =100 until 39000ms
    ";
    an_order_has_one_currency = "
        show s rows=1x2 cur=USD              => show 0 created
        product p                            => product-created p @10 stock 0 sold 0
        product u cur=USD stock=5            => product-created u @10 stock 5 sold 0
        order ann items=p:1,u:1              => refused shape(currency)
        order ann items=p:1 show=s seats=A1  => refused shape(currency)
        order ann items=u:1 show=s seats=A1  => ordered 1 ann pending ux1,A1:100 =110 by 20000ms
        order ann items=p:1                  => refused shape(currency)
        charge ann 5                         => refused shape(currency)
        charge ann 5 cur=none                => charged ann 5 v1 moved 5
        book s bob seats=A2                  => booked 1 bob A2:100 =100 Confirmed
        charge bob 5                         => charged bob 5 v1 moved 5
    ";
    an_order_beyond_the_range_is_refused = "
        product p price=9007199254740991 stock=5 => product-created p @9007199254740991 stock 5 sold 0
        product q price=1 stock=5            => product-created q @1 stock 5 sold 0
        order ann items=p:2                  => refused amount-range
        order ann items=p:1,q:1              => refused amount-range
        order ann items=p:1                  => ordered 1 ann pending px1 =9007199254740991 by 900000ms
    ";
    cancelling_gives_everything_back_and_is_idempotent = "
        show s rows=1x2                      => show 0 created
        product p price=10 stock=1           => product-created p @10 stock 1 sold 0
        order ann items=p:1 show=s seats=A1  => ordered 1 ann pending px1,A1:100 =110 by 20000ms
        cancel-order 2                       => refused not-found(order)
        cancel-order 1                       => order-cancelled 1 ann cancelled px1,A1:100 =110 by 20000ms
        cancel-order 1                       => order-cancelled 1 ann cancelled px1,A1:100 =110 by 20000ms
        order bob items=p:1 show=s seats=A1  => ordered 2 bob pending px1,A1:100 =110 by 20000ms
        at 20s
        cancel-order 2                       => order-cancelled 2 bob expired px1,A1:100 =110 by 20000ms
        expire 10                            => expired 0
        order ann items=p:1                  => ordered 3 ann pending px1 =10 by 920000ms
        charge ann 10                        => charged ann 10 v1 moved 10
        pay 3                                => paid 3 ann paid 10 balance 0
        refund 3                             => refunded 3 ann refunded 10 balance 10
        cancel-order 3                       => order-cancelled 3 ann refunded px1-1 =10-10 by 920000ms
    ";
    a_buyers_orders_are_listed_newest_first = "
        product p price=10 stock=9           => product-created p @10 stock 9 sold 0
        orders ann                           => orders
        order ann items=p:1 ttl=1s           => ordered 1 ann pending px1 =10 by 1000ms
        order bob items=p:1                  => ordered 2 bob pending px1 =10 by 900000ms
        order ann items=p:1 ttl=1s           => ordered 3 ann pending px1 =10 by 1000ms
        order ann items=p:1 ttl=2s           => ordered 4 ann pending px1 =10 by 2000ms
        cancel-order 4                       => order-cancelled 4 ann cancelled px1 =10 by 2000ms
        orders ann                           => orders 4:cancelled,3:pending,1:pending
        orders ann rows=1                    => orders 4:cancelled
        orders ann rows=1 before=4           => orders 3:pending
        at 1s
        orders ann                           => orders 4:cancelled,3:expired,1:expired
        orders ann before=3                  => orders 1:expired
        orders ann before=2                  => orders 1:expired
        orders ann as=2                      => orders
        expire 9                             => expired 0
    ";
}
