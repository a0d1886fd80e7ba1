//! Shows: creating, changing, opening, closing, shrinking.

super::tables! {
    a_show_is_created_and_changed = "
        show s rows=1x3                      => show 0 created
        show t rows=1x3                      => show 1 created
        show s rows=1x3 price=50             => show 0 changed
        show s rows=1x3 only-create          => refused exists
        show s rows=1x3000 only-create       => refused exists
        show s rows=1x3 cur=USD              => refused exists-with-different-body
        show u rows=1x3000                   => refused shape(layout)
        show u rows=1x3 ttl=99ms             => refused shape(layout)
        show u rows=1x3 nfs=A9               => refused shape(layout)
        show u rows=1x3 price=-1             => refused shape(layout)
        show u areas=floor:0:1               => refused shape(layout)
        show u areas=floor:1:1,floor:2:2     => refused shape(layout)
        show u tariffs=a:100,a:50            => refused shape(layout)
        hold s ann seats=A1                  => held 1 f1 ann A1:50 =50 until 10000ms
    ";
    a_show_sells_when_it_is_open_and_on_sale = "
        show s rows=1x3 areas=floor:3:1 closed => show 0 created
        hold s ann seats=A1                  => refused show-closed
        hold s ann places=floor:1            => refused show-closed
        hold s ann best=1                    => refused show-closed
        book s ann seats=A1                  => refused show-closed
        order ann show=s seats=A1            => refused show-closed
        show s rows=1x3 areas=floor:3:1 on-sale=5s => show 0 changed
        hold s ann seats=A1                  => refused not-on-sale(5000ms)
        at 4999999us
        hold s ann places=floor:1            => refused not-on-sale(5000ms)
        at 5s
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 15000ms
        hold s ann seats=A2                  => held 2 f1 ann A2:100 =100 until 15000ms
        show s rows=1x3 areas=floor:3:1 closed => show 0 changed
        extend 1 ttl=20s                     => extended 1 f2 ann A1:100 =100 until 25000ms
        book hold=1                          => booked 1 ann A1:100 =100 Confirmed
        release 2                            => released 2 f1 ann A2:100 =100 until 15000ms
        hold s ann seats=A2                  => refused show-closed
    ";
    a_seat_that_is_not_for_sale_is_nobodys = "
        show s rows=1x3 nfs=A2               => show 0 created
        hold s ann seats=A1,A2               => refused seat-unavailable A2:not-for-sale
        hold s ann best=2                    => refused sold-out(2)
        hold s ann best=1                    => held 1 f1 ann A1:100 =100 until 10000ms
        show s rows=1x3                      => show 0 changed
        hold s ann best=2                    => held 2 f1 ann A2:100,A3:100 =200 until 10000ms
    ";
    a_show_does_not_shrink_below_what_is_claimed = "
        show s rows=2x2 areas=floor:5:1      => show 0 created
        hold s ann seats=A2                  => held 1 f1 ann A2:100 =100 until 10000ms
        order ann show=s seats=B1            => ordered 1 ann pending B1:100 =100 by 20000ms
        book s ann seats=B2                  => booked 1 ann B2:100 =100 Confirmed
        hold s ann places=floor:3            => held 2 f1 ann floorx3:1 =3 until 10000ms
        show s rows=1x1 areas=floor:5:1      => refused in-use A2:held@10000ms B1:held@20000ms B2:booked
        show s rows=2x2 nfs=B2 areas=floor:5:1 => refused in-use B2:booked
        show s rows=2x2 areas=floor:2:1      => refused in-use
        show s rows=2x2                      => refused in-use
        show s rows=2x2 areas=floor:3:1      => show 0 changed
        show s rows=2x2 nfs=A1 areas=floor:3:1 => show 0 changed
        at 10s
        show s rows=2x2 nfs=A1,A2            => show 0 changed
        read-hold 2                          => refused hold-expired
        at 20s
        show s rows=2x2 nfs=A1,A2,B1         => show 0 changed
        read-order 1                         => order 1 ann expired B1:100 =100 by 20000ms
        hold s ann places=floor:1            => refused not-found(area)
        show s rows=1x1                      => refused in-use B2:booked
        cancel-booking 1                     => booking-cancelled 1 ann - =100 Cancelled
        show s rows=1x1                      => show 0 changed
        hold s ann seats=B2                  => refused not-found(seat:B2)
        hold s ann seats=#3                  => refused not-found(seat-number:3)
        free s B2 admin                      => refused not-found(seat:B2)
        show s rows=2x2 areas=floor:1:1      => show 0 changed
        hold s ann seats=#3                  => held 3 f1 ann B2:100 =100 until 30000ms
        hold s ann places=floor:2            => refused sold-out(1)
    ";
    a_price_beyond_the_range_is_refused = "
        show s rows=1x2 price=9007199254740991 areas=floor:3:9007199254740991 tariffs=full:100,double:200 => show 0 created
        hold s ann seats=A1,A2               => refused amount-range
        hold s ann seats=A1@double           => refused amount-range
        hold s ann places=floor:2            => refused amount-range
        hold s ann places=floor:1@double     => refused amount-range
        hold s ann seats=A1                  => held 1 f1 ann A1:9007199254740991 =9007199254740991 until 10000ms
    ";
}
