//! Bookings: from a hold, in one step, cancelled in part or whole, freed by an operator.

super::tables! {
    a_hold_becomes_a_booking_once = "
        show s rows=1x4                      => show 0 created
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        book hold=1 fence=2                  => refused fence-stale(1)
        book hold=1                          => booked 1 ann A1:100,A2:100 =200 Confirmed
        book hold=1                          => refused hold-expired
        read-booking 1                       => booking 1 ann A1:100,A2:100 =200 Confirmed
        read-booking 2                       => refused not-found(booking)
        read-booking 0                       => refused not-found(booking)
        at 10s
        expire 10                            => expired 0
        hold s bob seats=A2                  => refused seat-unavailable A2:booked
        hold s ann seats=A1                  => refused seat-unavailable A1:booked
    ";
    seats_are_booked_in_one_step = "
        show s rows=1x4 areas=floor:2:7      => show 0 created
        book s ann                           => refused shape(empty)
        book t ann seats=A1                  => refused not-found(show)
        book s ann seats=A1,A2               => booked 1 ann A1:100,A2:100 =200 Confirmed
        book s ann seats=A1                  => refused seat-unavailable A1:booked
        book s bob seats=A3,A2               => refused seat-unavailable A2:booked
        book s bob best=2                    => booked 2 bob A3:100,A4:100 =200 Confirmed
        book s bob best=1                    => refused sold-out(0)
        book s bob places=floor:2            => booked 3 bob floorx2:7 =14 Confirmed
        book s bob places=floor:1            => refused sold-out(0)
    ";
    an_own_hold_gives_way_only_where_asked = "
        show s rows=1x4 max=2                => show 0 created
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        book s ann seats=A1                  => refused seat-unavailable A1:held@10000ms
        book s bob seats=A1 own              => refused seat-unavailable A1:held@10000ms
        book s ann seats=A1 own              => booked 1 ann A1:100 =100 Confirmed
        read-hold 1                          => refused hold-expired
        hold s bob seats=A2                  => held 2 f1 bob A2:100 =100 until 10000ms
        book s ann seats=A1 own              => refused seat-unavailable A1:booked
        book s ann seats=A3 own              => booked 2 ann A3:100 =100 Confirmed
        at 10s
        hold s cem seats=A2 ttl=1s           => held 3 f1 cem A2:100 =100 until 11000ms
        at 11s
        book s cem seats=A2 own              => booked 3 cem A2:100 =100 Confirmed
    ";
    a_booking_is_cancelled_in_part_or_whole = "
        show s rows=1x4 areas=floor:2:7      => show 0 created
        book s ann seats=A1,A2,A3            => booked 1 ann A1:100,A2:100,A3:100 =300 Confirmed
        cancel-booking 1 seats=A1,A1         => refused shape(duplicate)
        cancel-booking 2                     => refused not-found(booking)
        cancel-booking 1 seats=A4            => refused not-found(seat:A4)
        cancel-booking 1 seats=A2            => booking-cancelled 1 ann A1:100,A3:100 =300 Confirmed
        cancel-booking 1 seats=A2            => refused not-found(seat:A2)
        hold s bob seats=A2                  => held 1 f1 bob A2:100 =100 until 10000ms
        cancel-booking 1                     => booking-cancelled 1 ann - =300 Cancelled
        cancel-booking 1                     => booking-cancelled 1 ann - =300 Cancelled
        hold s bob seats=A1,A3               => held 2 f1 bob A1:100,A3:100 =200 until 10000ms
        book s ann places=floor:2            => booked 2 ann floorx2:7 =14 Confirmed
        cancel-booking 2                     => booking-cancelled 2 ann - =14 Cancelled
        book s bob places=floor:2            => booked 3 bob floorx2:7 =14 Confirmed
        book s ann seats=A4                  => booked 4 ann A4:100 =100 Confirmed
        cancel-booking 4 seats=A4            => booking-cancelled 4 ann - =100 Cancelled
    ";
    a_booking_of_a_paid_order_waits_for_the_refund = "
        show s rows=1x2                      => show 0 created
        charge ann 500                       => charged ann 500 v1 moved 500
        order ann show=s seats=A1,A2         => ordered 1 ann pending A1:100,A2:100 =200 by 20000ms
        pay 1                                => paid 1 ann paid 200 balance 300 booking 1
        cancel-booking 1                     => refused order-paid(1)
        cancel-booking 1 seats=A1            => refused order-paid(1)
        cancel-order 1                       => refused order-paid(1)
        free s A1 admin                      => refused order-paid(1)
        read-booking 1                       => booking 1 ann A1:100,A2:100 =200 Confirmed order 1
        refund 1                             => refunded 1 ann refunded 200 balance 500 booking 1
        cancel-booking 1                     => booking-cancelled 1 ann - =200 Cancelled order 1
        hold s bob seats=A1,A2               => held 1 f1 bob A1:100,A2:100 =200 until 10000ms
    ";
    an_operator_frees_a_seat_whoever_has_it = "
        show s rows=1x4                      => show 0 created
        free t A1 admin                      => refused not-found(show)
        free s Z1 admin                      => refused not-found(seat:Z1)
        free s A1 admin                      => freed A1
        free s A1 admin bookings-only        => refused not-found(booked-seat)
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        free s A1 admin bookings-only        => refused not-found(booked-seat)
        free s A1 admin                      => freed A1
        read-hold 1                          => refused hold-expired
        order ann show=s seats=A1,A2         => ordered 1 ann pending A1:100,A2:100 =200 by 20000ms
        free s A2 admin bookings-only        => refused not-found(booked-seat)
        free s A2 admin                      => freed A2
        read-order 1                         => order 1 ann cancelled A1:100,A2:100 =200 by 20000ms
        book s ann seats=A1,A2               => booked 1 ann A1:100,A2:100 =200 Confirmed
        free s A1 admin                      => freed A1 booking 1
        read-booking 1                       => booking 1 ann A2:100 =200 Confirmed
        free s A2 admin bookings-only        => freed A2 booking 1
        read-booking 1                       => booking 1 ann - =200 Cancelled
        order ann show=s seats=A1            => ordered 2 ann pending A1:100 =100 by 20000ms
        at 20s
        free s A1 admin bookings-only        => refused not-found(booked-seat)
        read-order 2                         => order 2 ann expired A1:100 =100 by 20000ms
    ";
    a_buyers_bookings_are_listed_newest_first = "
        show s rows=1x5                      => show 0 created
        bookings ann                         => bookings
        book s ann seats=A1                  => booked 1 ann A1:100 =100 Confirmed
        book s bob seats=A2                  => booked 2 bob A2:100 =100 Confirmed
        book s ann seats=A3                  => booked 3 ann A3:100 =100 Confirmed
        book s ann seats=A4                  => booked 4 ann A4:100 =100 Confirmed
        bookings ann                         => bookings 4,3,1
        bookings ann rows=2                  => bookings 4,3
        bookings ann rows=2 before=3         => bookings 1
        bookings ann before=1                => bookings
        bookings ann before=2                => bookings 1
        bookings ann before=99               => bookings 4,3,1
        bookings ann as=2                    => bookings
        bookings ann as=2 admin              => bookings 4,3,1
    ";
}
