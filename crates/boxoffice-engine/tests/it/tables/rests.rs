//! What answers rest on: an answer leaves when all of it is durable, so that a crash in between
//! never makes it untrue. The command in the n-th row that is one is at position n + 1.

super::tables! {
    what_is_left_of_a_product_rests_on_the_payment_that_keeps_it_sold = "
        product p price=10 stock=2           => product-created p @10 stock 2 sold 0
        product q price=10 stock=2           => product-created q @10 stock 2 sold 0
        order ann items=p:1,q:2 ttl=1s       => ordered 1 ann pending px1,qx2 =30 by 1000ms
        charge bob 1                         => charged bob 1 v1 moved 1
        read-product p rests                 => product p @10 stock 1 sold 1 rests on 4
        pay 1 ref=r1                         => paid 1 ann paid 30 ref r1
        charge bob 1                         => charged bob 2 v2 moved 1
        at 1s
        read-product p rests                 => product p @10 stock 1 sold 1 rests on 7
        read-product q rests                 => product q @10 stock 0 sold 2 rests on 7
        order bob items=q:1 rests            => refused sold-out(0) rests on 8
    ";
    a_late_payment_from_the_account_is_one_too = "
        product p price=10 stock=1           => product-created p @10 stock 1 sold 0
        charge ann 10                        => charged ann 10 v1 moved 10
        order ann items=p:1 ttl=1s           => ordered 1 ann pending px1 =10 by 1000ms
        at 1s
        pay 1                                => paid 1 ann paid 10 balance 0
        charge bob 1                         => charged bob 1 v1 moved 1
        read-product p rests                 => product p @10 stock 0 sold 1 rests on 5
    ";
    a_shortage_rests_on_the_extension_that_keeps_it = "
        show s rows=1x1 areas=floor:1:5      => show 0 created
        hold s ann places=floor:1            => held 1 f1 ann floorx1:5 =5 until 10000ms
        hold s ann seats=A1                  => held 2 f1 ann A1:100 =100 until 10000ms
        charge bob 1                         => charged bob 1 v1 moved 1
        hold s bob places=floor:1 rests      => refused sold-out(0) rests on 4
        hold s bob best=1 rests              => refused sold-out(0) rests on 4
        at 5s
        extend 1 ttl=10s                     => extended 1 f2 ann floorx1:5 =5 until 15000ms
        extend 2 ttl=10s                     => extended 2 f2 ann A1:100 =100 until 15000ms
        charge bob 1                         => charged bob 2 v2 moved 1
        at 10s
        hold s bob places=floor:1 rests      => refused sold-out(0) rests on 9
        hold s bob best=1 rests              => refused sold-out(0) rests on 9
        show s rows=1x1 rests                => refused in-use rests on 9
        show s areas=floor:1:5 rests         => refused in-use A1:held@15000ms rests on 9
        hold s bob seats=A1 rests            => refused seat-unavailable A1:held@15000ms rests on 9
    ";
    a_seat_of_another_seller_rests_on_the_extension_that_keeps_it = "
        show s rows=1x1                      => show 0 created
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 10000ms
        extend 1 ttl=15s                     => extended 1 f2 ann A1:100 =100 until 15000ms
        at 10s
        free s A1 as=2 rests                 => refused not-found(booked-seat) rests on 4
        free s A1 as=2 bookings-only rests   => refused not-found(booked-seat) rests on 3
    ";
    an_extension_is_no_event_of_the_show = "
        show s rows=1x2                      => show 0 created
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 10000ms
        extend 1 ttl=15s                     => extended 1 f2 ann A1:100 =100 until 15000ms
        charge bob 1                         => charged bob 1 v1 moved 1
        show s rows=1x2 only-create rests    => refused exists rests on 3
        book s ann seats=A2                  => booked 1 ann A2:100 =100 Confirmed
        extend 1 ttl=20s                     => extended 1 f3 ann A1:100 =100 until 20000ms
        hold s bob seats=A2 rests            => refused seat-unavailable A2:booked rests on 7
    ";
    a_taken_seat_rests_on_the_show_that_opened_its_sale = "
        show s rows=1x2                      => show 0 created
        book s ann seats=A1                  => booked 1 ann A1:100 =100 Confirmed
        hold s bob seats=A1 rests            => refused seat-unavailable A1:booked rests on 3
        show s rows=1x2 closed               => show 0 changed
        show s rows=1x2                      => show 0 changed
        charge bob 1                         => charged bob 1 v1 moved 1
        hold s bob seats=A1 rests            => refused seat-unavailable A1:booked rests on 6
    ";
    a_repeated_payment_from_outside_rests_on_the_balance_that_it_tells = "
        product p price=10 stock=2           => product-created p @10 stock 2 sold 0
        order ann items=p:1                  => ordered 1 ann pending px1 =10 by 900000ms
        pay 1 ref=r1 amount=9                => credited 1 ann pending 9 balance 9 ref r1
        pay 1 ref=r2                         => paid 1 ann paid 10 ref r2
        charge ann 5                         => charged ann 14 v2 moved 5
        charge bob 1                         => charged bob 1 v1 moved 1
        pay 1 ref=r1 amount=9 rests          => credited 1 ann paid 9 balance 14 ref r1 rests on 6
        pay 1 ref=r2 rests                   => paid 1 ann paid 10 ref r2 rests on 5
        pay 1 ref=r2 amount=9 rests          => refused reference-used rests on 7
    ";
    a_refused_order_rests_on_everything_before_it = "
        show s rows=1x2 areas=floor:1:5      => show 0 created
        product p price=10 stock=1           => product-created p @10 stock 1 sold 0
        book s ann seats=A1                  => booked 1 ann A1:100 =100 Confirmed
        charge bob 1                         => charged bob 1 v1 moved 1
        order bob items=p:1 show=s seats=A1 rests => refused seat-unavailable A1:booked rests on 5
        order bob items=p:2 show=s seats=A2 rests => refused sold-out(1) rests on 5
        order bob items=p:1 show=s places=floor:2 rests => refused sold-out(1) rests on 5
        hold s bob seats=A2                  => held 1 f1 bob A2:100 =100 until 10000ms
        charge cem 1                         => charged cem 1 v1 moved 1
        order bob hold=1 fence=9 rests       => refused fence-stale(1) rests on 10
        order bob items=p:2 hold=1 rests     => refused sold-out(1) rests on 10
    ";
    a_refused_payment_rests_on_everything_before_it = "
        show s rows=1x1                      => show 0 created
        charge ann 9                         => charged ann 9 v1 moved 9
        order ann show=s seats=A1 ttl=1s     => ordered 1 ann pending A1:100 =100 by 1000ms
        charge bob 1                         => charged bob 1 v1 moved 1
        pay 1 rests                          => refused insufficient-balance(9) rests on 5
        pay 1 buyer=bob rests                => refused not-found(buyer) rests on 5
        at 1s
        hold s bob seats=A1                  => held 1 f1 bob A1:100 =100 until 11000ms
        charge bob 1                         => charged bob 2 v2 moved 1
        pay 1 rests                          => refused order-expired rests on 9
        cancel-order 1                       => order-cancelled 1 ann expired A1:100 =100 by 1000ms
    ";
    a_refused_session_rests_on_everything_before_it = "
        show s rows=1x3                      => show 0 created
        show t rows=1x3                      => show 1 created
        hold s ann seats=A1 session          => held 1 f1 ann A1:100 =100 until 10000ms
        book t bob seats=A1                  => booked 1 bob A1:100 =100 Confirmed
        charge bob 1                         => charged bob 1 v1 moved 1
        hold s ann seats=A2 session rests    => refused session-holds(1) rests on 6
        hold t ann seats=A1 session rests    => refused seat-unavailable A1:booked rests on 6
        hold t ann seats=A1 rests            => refused seat-unavailable A1:booked rests on 5
    ";
    an_order_that_is_read_rests_on_the_titles_in_it = "
        product p price=10 stock=2 title=Old => product-created p @10 stock 2 sold 0
        order ann items=p:1                  => ordered 1 ann pending px1 =10 by 900000ms
        product p price=10 stock=2 title=New => product p @10 stock 1 sold 1
        charge bob 1                         => charged bob 1 v1 moved 1
        read-order 1 rests                   => order 1 ann pending px1 =10 by 900000ms rests on 4
        cancel-order 1                       => order-cancelled 1 ann cancelled px1 =10 by 900000ms
        product p price=10 stock=2 title=Now => product p @10 stock 2 sold 0
        charge bob 1                         => charged bob 2 v2 moved 1
        cancel-order 1 rests                 => order-cancelled 1 ann cancelled px1 =10 by 900000ms rests on 8
    ";
    stock_is_shown_without_what_overdue_orders_had = "
        product p price=10 stock=9           => product-created p @10 stock 9 sold 0
        product q price=10 stock=9           => product-created q @10 stock 9 sold 0
        order ann items=p:1,q:1 ttl=1s       => ordered 1 ann pending px1,qx1 =20 by 1000ms
        order ann items=p:2 ttl=2s           => ordered 2 ann pending px2 =20 by 2000ms
        order ann items=p:3 ttl=3s           => ordered 3 ann pending px3 =30 by 3000ms
        at 1s
        read-product p rests                 => product p @10 stock 4 sold 5 rests on 7
        at 2s
        restock p 1                          => product p @10 stock 7 sold 3
        at 3s
        product p price=10 stock=9           => product p @10 stock 10 sold 0
        expire 10                            => expired 0
        read-product q                       => product q @10 stock 9 sold 0
    ";
}
