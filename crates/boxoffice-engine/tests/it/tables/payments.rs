//! Payments and refunds: every cell of the table in `decide/payment.rs`, late, twice, reordered.

super::tables! {
    an_order_that_waits_is_paid_from_the_account = "
        show s rows=1x2                      => show 0 created
        product p price=10 stock=5           => product-created p @10 stock 5 sold 0
        order ann items=p:1 show=s seats=A1  => ordered 1 ann pending px1,A1:100 =110 by 20000ms
        pay 2                                => refused not-found(order)
        pay 1 buyer=bob                      => refused not-found(buyer)
        pay 1 buyer=bob as=2                 => refused not-found(order)
        pay 1                                => refused insufficient-balance(0)
        charge ann 109                       => charged ann 109 v1 moved 109
        pay 1                                => refused insufficient-balance(109)
        charge ann 1                         => charged ann 110 v2 moved 1
        at 19999999us
        pay 1 buyer=ann                      => paid 1 ann paid 110 balance 0 booking 1
        pay 1                                => refused order-not-pending(paid)
        at 20s
        expire 10                            => expired 0
        read-order 1                         => order 1 ann paid px1,A1:100 =110 by 20000ms booking 1
        read-booking 1                       => booking 1 ann A1:100 =100 Confirmed order 1
        account ann                          => account ann 0 v3 moved 0
    ";
    an_order_that_waits_is_paid_from_outside_when_the_amount_is_right = "
        show s areas=floor:5:50              => show 0 created
        order ann show=s places=floor:2      => ordered 1 ann pending floorx2:50 =100 by 20000ms
        pay 1 ref=r0 amount=-1               => refused shape(out-of-range)
        pay 9 ref=r0                         => refused not-found(order)
        pay 1 ref=r1 amount=99               => credited 1 ann pending 99 balance 99 ref r1
        pay 1 ref=r2 amount=100              => paid 1 ann paid 100 booking 1 ref r2
        pay 1 ref=r2 amount=100              => paid 1 ann paid 100 booking 1 ref r2
        pay 1 ref=r2                         => paid 1 ann paid 100 booking 1 ref r2
        pay 1 ref=r1 amount=99               => credited 1 ann paid 99 balance 99 booking 1 ref r1
        pay 1 ref=r3                         => credited 1 ann paid 100 balance 199 booking 1 ref r3
        order ann show=s places=floor:1      => ordered 2 ann pending floorx1:50 =50 by 20000ms
        pay 2 ref=r3                         => refused reference-used
        pay 1 ref=r3 amount=101              => refused reference-used
        pay 2 ref=r2 amount=100              => refused reference-used
        pay 2 ref=r4                         => paid 2 ann paid 50 booking 2 ref r4
        account ann                          => account ann 199 v2 moved 0
    ";
    a_late_payment_takes_an_expired_order_again_if_all_is_free = "
        show s rows=1x4 areas=floor:2:5      => show 0 created
        product p price=10 stock=3           => product-created p @10 stock 3 sold 0
        charge ann 1000                      => charged ann 1000 v1 moved 1000
        order ann items=p:2 show=s seats=A1,A2 => ordered 1 ann pending px2,A1:100,A2:100 =220 by 20000ms
        order ann show=s places=floor:2      => ordered 2 ann pending floorx2:5 =10 by 20000ms
        order bob show=s places=floor:2      => refused sold-out(0)
        at 20s
        pay 1                                => paid 1 ann paid 220 balance 780 booking 1
        pay 2                                => paid 2 ann paid 10 balance 770 booking 2
        read-product p                       => product p @10 stock 1 sold 2
        read-order 1                         => order 1 ann paid px2,A1:100,A2:100 =220 by 20000ms booking 1
        pay 1                                => refused order-not-pending(paid)
    ";
    a_late_payment_moves_no_money_if_something_is_taken = "
        show s rows=1x4 areas=floor:2:5 max=2 => show 0 created
        product p price=10 stock=2           => product-created p @10 stock 2 sold 0
        charge ann 1000                      => charged ann 1000 v1 moved 1000
        order ann show=s seats=A1,A2 ttl=1s  => ordered 1 ann pending A1:100,A2:100 =200 by 1000ms
        order bob show=s places=floor:1 ttl=1s => ordered 2 bob pending floorx1:5 =5 by 1000ms
        order bob items=p:2 ttl=1s           => ordered 3 bob pending px2 =20 by 1000ms
        charge bob 1000                      => charged bob 1000 v1 moved 1000
        at 1s
        hold s cem seats=A2                  => held 1 f1 cem A2:100 =100 until 11000ms
        hold s dan places=floor:2            => held 2 f1 dan floorx2:5 =10 until 11000ms
        order cem items=p:1 ttl=5s           => ordered 4 cem pending px1 =10 by 6000ms
        pay 1                                => refused order-expired
        pay 2                                => refused order-expired
        pay 3                                => refused order-expired
        account ann                          => account ann 1000 v1 moved 0
        at 6s
        pay 3                                => paid 3 bob paid 20 balance 980
        at 11s
        hold s ann seats=A3                  => held 3 f1 ann A3:100 =100 until 21000ms
        pay 1                                => refused order-expired
        release 3                            => released 3 f1 ann A3:100 =100 until 21000ms
        pay 1                                => paid 1 ann paid 200 balance 800 booking 1
        pay 2                                => paid 2 bob paid 5 balance 975 booking 2
    ";
    a_late_payment_of_a_dropped_seat_moves_no_money = "
        show s rows=1x2                      => show 0 created
        charge ann 1000                      => charged ann 1000 v1 moved 1000
        order ann show=s seats=A2 ttl=1s     => ordered 1 ann pending A2:100 =100 by 1000ms
        at 1s
        show s rows=1x1                      => show 0 changed
        pay 1                                => refused order-expired
        show s rows=1x2 price=70             => show 0 changed
        pay 1                                => paid 1 ann paid 100 balance 900 booking 1
    ";
    a_late_payment_without_money_takes_nothing_again = "
        show s rows=1x1                      => show 0 created
        order ann show=s seats=A1 ttl=1s     => ordered 1 ann pending A1:100 =100 by 1000ms
        at 1s
        pay 1                                => refused insufficient-balance(0)
        hold s bob seats=A1                  => held 1 f1 bob A1:100 =100 until 11000ms
        pay 1                                => refused order-expired
    ";
    a_late_outside_payment_is_credited = "
        show s rows=1x2                      => show 0 created
        order ann show=s seats=A1 ttl=1s     => ordered 1 ann pending A1:100 =100 by 1000ms
        at 1s
        pay 1 ref=r1                         => credited 1 ann expired 100 balance 100 ref r1
        pay 1 ref=r1                         => credited 1 ann expired 100 balance 100 ref r1
        hold s bob seats=A1                  => held 1 f1 bob A1:100 =100 until 11000ms
        account ann                          => account ann 100 v1 moved 0
        at 11s
        pay 1                                => paid 1 ann paid 100 balance 0 booking 1
        pay 1 ref=r1                         => credited 1 ann paid 100 balance 0 booking 1 ref r1
    ";
    a_cancelled_order_takes_no_payment_but_credits_one_from_outside = "
        show s rows=1x2                      => show 0 created
        charge ann 500                       => charged ann 500 v1 moved 500
        order ann show=s seats=A1            => ordered 1 ann pending A1:100 =100 by 20000ms
        cancel-order 1                       => order-cancelled 1 ann cancelled A1:100 =100 by 20000ms
        pay 1                                => refused order-not-pending(cancelled)
        pay 1 ref=r1                         => credited 1 ann cancelled 100 balance 600 ref r1
        at 20s
        pay 1                                => refused order-not-pending(cancelled)
    ";
    a_refunded_order_takes_no_payment_but_credits_one_from_outside = "
        product p price=10 stock=5           => product-created p @10 stock 5 sold 0
        order ann items=p:2                  => ordered 1 ann pending px2 =20 by 900000ms
        pay 1 ref=r1                         => paid 1 ann paid 20 ref r1
        refund 1                             => refunded 1 ann refunded 20 balance 20
        pay 1                                => refused order-not-pending(refunded)
        pay 1 ref=r2                         => credited 1 ann refunded 20 balance 40 ref r2
        pay 1 ref=r1                         => paid 1 ann refunded 20 ref r1
        read-product p                       => product p @10 stock 5 sold 0
    ";
    an_outside_payment_is_refused_only_where_no_account_can_take_it = "
        product p price=10 stock=5           => product-created p @10 stock 5 sold 0
        charge ann 9007199254740991          => charged ann 9007199254740991 v1 moved 9007199254740991
        order ann items=p:1                  => ordered 1 ann pending px1 =10 by 900000ms
        pay 1 ref=r1 amount=9                => refused amount-range
        pay 1 ref=r1                         => paid 1 ann paid 10 ref r1
        refund 1                             => refused amount-range
        order ann items=p:1                  => ordered 2 ann pending px1 =10 by 900000ms
        pay 2                                => paid 2 ann paid 10 balance 9007199254740981
        refund 1                             => refunded 1 ann refunded 10 balance 9007199254740991
    ";
    what_costs_nothing_is_paid_without_an_account = "
        show s rows=1x2 price=0              => show 0 created
        order ann show=s seats=A1            => ordered 1 ann pending A1:0 =0 by 20000ms
        pay 1                                => paid 1 ann paid 0 balance 0 booking 1
        account ann                          => refused not-found(account)
        order ann show=s seats=A2            => ordered 2 ann pending A2:0 =0 by 20000ms
        pay 2 ref=r1 amount=0                => paid 2 ann paid 0 booking 2 ref r1
        pay 2 ref=r2 amount=0                => credited 2 ann paid 0 balance 0 booking 2 ref r2
        pay 2 ref=r2 amount=0                => credited 2 ann paid 0 balance 0 booking 2 ref r2
        refund 1                             => refunded 1 ann refunded 0 balance 0 booking 1
        refund 2 seats=A2                    => refunded 2 ann refunded 0 balance 0 booking 2
    ";
    a_refund_gives_back_parts_until_nothing_is_left = "
        show s rows=1x3                      => show 0 created
        product p price=10 stock=5           => product-created p @10 stock 5 sold 0
        charge ann 1000                      => charged ann 1000 v1 moved 1000
        order ann items=p:3 show=s seats=A1,A2 => ordered 1 ann pending px3,A1:100,A2:100 =230 by 20000ms
        refund 1                             => refused not-refundable(pending)
        pay 1                                => paid 1 ann paid 230 balance 770 booking 1
        refund 1 items=p:1,p:1               => refused shape(duplicate)
        refund 1 seats=A1,A1                 => refused shape(duplicate)
        refund 1 items=p:0                   => refused shape(out-of-range)
        refund 2                             => refused not-found(order)
        refund 1 items=q:1                   => refused not-found(product:q)
        refund 1 seats=A3                    => refused not-found(seat:A3)
        refund 1 items=p:4                   => refused refund-too-much
        refund 1 items=p:2                   => refunded 1 ann paid 20 balance 790 booking 1
        refund 1 items=p:2                   => refused refund-too-much
        read-product p                       => product p @10 stock 4 sold 1
        product p price=99 stock=5           => product p @99 stock 4 sold 1
        refund 1 seats=A2                    => refunded 1 ann paid 100 balance 890 booking 1
        refund 1 seats=A2                    => refused not-found(seat:A2)
        hold s bob seats=A2                  => held 1 f1 bob A2:100 =100 until 10000ms
        read-order 1                         => order 1 ann paid px3-2,A1:100,A2:100 =230-120 by 20000ms booking 1
        refund 1 items=p:1 seats=A1          => refunded 1 ann refunded 110 balance 1000 booking 1
        refund 1                             => refused not-refundable(refunded)
        read-booking 1                       => booking 1 ann - =200 Cancelled order 1
        read-product p                       => product p @99 stock 5 sold 0
    ";
    a_whole_refund_takes_what_is_left = "
        show s areas=floor:4:50              => show 0 created
        product p price=10 stock=5           => product-created p @10 stock 5 sold 0
        order ann items=p:3 show=s places=floor:4 => ordered 1 ann pending px3,floorx4:50 =230 by 20000ms
        pay 1 ref=r1                         => paid 1 ann paid 230 booking 1 ref r1
        refund 1 items=p:1                   => refunded 1 ann paid 10 balance 10 booking 1
        hold s bob places=floor:1            => refused sold-out(0)
        refund 1                             => refunded 1 ann refunded 220 balance 230 booking 1
        hold s bob places=floor:4            => held 1 f1 bob floorx4:50 =200 until 10000ms
        order cem items=p:1 ttl=1s           => ordered 2 cem pending px1 =10 by 1000ms
        cancel-order 2                       => order-cancelled 2 cem cancelled px1 =10 by 1000ms
        refund 2                             => refused not-refundable(cancelled)
        order cem items=p:1 ttl=1s           => ordered 3 cem pending px1 =10 by 1000ms
        at 1s
        refund 3                             => refused not-refundable(expired)
    ";
}
