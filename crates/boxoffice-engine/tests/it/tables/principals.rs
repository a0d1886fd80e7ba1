//! What belongs to another seller answers like what does not exist; an admin sees everything.

super::tables! {
    a_foreign_claim_does_not_exist = "
        show s rows=1x4                      => show 0 created
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 10000ms
        read-hold 1 as=2                     => refused not-found(hold)
        extend 1 ttl=5s as=2                 => refused not-found(hold)
        release 1 as=2                       => refused not-found(hold)
        book hold=1 as=2                     => refused not-found(hold)
        order ann hold=1 as=2                => refused not-found(hold)
        read-hold 1 as=2 admin               => hold 1 f1 ann A1:100 =100 until 10000ms
        order ann hold=1 as=2 admin          => ordered 1 ann pending A1:100 =100 by 20000ms
        read-order 1                         => order 1 ann pending A1:100 =100 by 20000ms
        read-order 1 as=2                    => refused not-found(order)
        cancel-order 1 as=2                  => refused not-found(order)
        pay 1 as=2                           => refused not-found(order)
        pay 1 ref=r as=2                     => refused not-found(order)
        refund 1 as=2                        => refused not-found(order)
        charge ann 100                       => charged ann 100 v1 moved 100
        pay 1                                => paid 1 ann paid 100 balance 0 booking 1
        read-booking 1 as=2                  => refused not-found(booking)
        cancel-booking 1 as=2                => refused not-found(booking)
        read-booking 1 as=2 admin            => booking 1 ann A1:100 =100 Confirmed order 1
        refund 1 as=2 admin                  => refunded 1 ann refunded 100 balance 100 booking 1
        hold s ann seats=A2                  => held 2 f1 ann A2:100 =100 until 10000ms
        book hold=2 as=2 admin               => booked 2 ann A2:100 =100 Confirmed
        read-booking 2                       => booking 2 ann A2:100 =100 Confirmed
    ";
    a_foreign_account_pays_nothing = "
        product p price=10 stock=5           => product-created p @10 stock 5 sold 0
        charge ann 100                       => charged ann 100 v1 moved 100
        charge ann 100 as=2                  => refused not-found(account)
        account ann as=2                     => refused not-found(account)
        account ann as=2 admin               => account ann 100 v1 moved 0
        order ann items=p:1 account as=2     => refused not-found(account)
        order ann items=p:1 as=2             => ordered 1 ann pending px1 =10 by 900000ms
        pay 1 as=2                           => refused insufficient-balance(0)
        pay 1 ref=r1 as=2                    => paid 1 ann paid 10 ref r1
        pay 1 ref=r2 as=2                    => credited 1 ann paid 10 ref r2
        pay 1 ref=r2 as=2                    => credited 1 ann paid 10 ref r2
        refund 1 as=2                        => refunded 1 ann refunded 10
        account ann                          => account ann 120 v3 moved 0
    ";
    a_session_is_of_one_seller = "
        show s rows=1x4                      => show 0 created
        show t rows=1x4                      => show 1 created
        hold s ann seats=A1 session          => held 1 f1 ann A1:100 =100 until 10000ms
        read-session s ann as=2              => no session
        release-session s ann as=2           => released nothing
        release-seat-hold s ann A1 as=2      => released nothing
        book s ann seats=A1 own as=2         => refused seat-unavailable A1:held@10000ms
        hold s ann seats=A2 session as=2     => held 2 f1 ann A2:100 =100 until 10000ms
        hold t ann seats=A1 session as=2     => held 3 f1 ann A1:100 =100 until 10000ms
        read-session s ann                   => session 1 f1 ann A1:100 =100 until 10000ms
        release-session t ann                => released nothing
        release-session t ann as=2           => released 3 f1 ann A1:100 =100 until 10000ms
        release-seat-hold s ann A1           => released 1 f1 ann A1:100 =100 until 10000ms
    ";
    a_seat_is_freed_by_its_seller_or_an_admin = "
        show s rows=1x4                      => show 0 created
        book s ann seats=A1                  => booked 1 ann A1:100 =100 Confirmed
        hold s ann seats=A2                  => held 1 f1 ann A2:100 =100 until 10000ms
        order ann show=s seats=A3            => ordered 1 ann pending A3:100 =100 by 20000ms
        free s A1 as=2                       => refused not-found(booked-seat)
        free s A1 as=2 bookings-only         => refused not-found(booked-seat)
        free s A2 as=2                       => refused not-found(booked-seat)
        free s A3 as=2                       => refused not-found(booked-seat)
        free s A4 as=2                       => freed A4
        free s A1 bookings-only              => freed A1 booking 1
        free s A2                            => freed A2
        free s A3                            => freed A3
    ";
    what_the_house_owns_is_every_sellers = "
        show s rows=1x4                      => show 0 created
        charge ann 100 as=0                  => charged ann 100 v1 moved 100
        hold s ann seats=A1 as=0             => held 1 f1 ann A1:100 =100 until 10000ms
        read-hold 1 as=1                     => hold 1 f1 ann A1:100 =100 until 10000ms
        order ann show=s seats=A2 as=2       => ordered 1 ann pending A2:100 =100 by 20000ms
        pay 1 as=2                           => paid 1 ann paid 100 balance 0 booking 1
        read-order 1 as=0                    => refused not-found(order)
        book hold=1 as=2                     => booked 2 ann A1:100 =100 Confirmed
        cancel-booking 2 as=3                => booking-cancelled 2 ann - =100 Cancelled
        bookings ann as=2                    => bookings 2,1
    ";
}
