//! Holds: placing, reading, extending, releasing, expiring.

super::tables! {
    a_hold_takes_all_its_seats_or_none = "
        show s rows=2x3                      => show 0 created
        hold s ann                           => refused shape(empty)
        hold s ann seats=A1,A1               => refused shape(duplicate)
        hold s ann places=floor:101          => refused shape(too-many)
        hold s ann seats=A1 ttl=99ms         => refused shape(out-of-range)
        hold s ann seats=A1 ttl=86401s       => refused shape(out-of-range)
        hold t ann seats=A1                  => refused not-found(show)
        hold s ann seats=A1,Z9               => refused not-found(seat:Z9)
        hold s ann seats=#0,#6               => refused not-found(seat-number:6)
        hold s ann seats=A1@none             => refused not-found(tariff)
        hold s ann seats=A1@#1               => refused not-found(tariff)
        hold s ann seats=A1,#0               => refused shape(duplicate)
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        hold s bob seats=A3,A2               => refused seat-unavailable A2:held@10000ms
        hold s ann seats=A1                  => refused seat-unavailable A1:held@10000ms
        hold s bob seats=A3 ttl=5s           => held 2 f1 bob A3:100 =100 until 5000ms
        hold s bob seats=#3                  => held 3 f1 bob B1:100 =100 until 10000ms
        read-hold 1                          => hold 1 f1 ann A1:100,A2:100 =200 until 10000ms
    ";
    a_tariff_is_a_share_of_the_price = "
        show s rows=1x4 tariffs=full:100,half:50,third:33 areas=floor:10:7 => show 0 created
        hold s ann seats=A1@half,A2@#2,A3    => held 1 f1 ann A1@half:50,A2@third:33,A3:100 =183 until 10000ms
        hold s ann places=floor:3@half       => held 2 f1 ann floorx3:3 =9 until 10000ms
        hold s ann best=1@half               => held 3 f1 ann A4@half:50 =50 until 10000ms
    ";
    a_hold_is_gone_at_its_deadline_not_before = "
        show s rows=1x2                      => show 0 created
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 10000ms
        at 9999999us
        hold s bob seats=A1                  => refused seat-unavailable A1:held@10000ms
        read-hold 1                          => hold 1 f1 ann A1:100 =100 until 10000ms
        at 10s
        hold s bob seats=A1                  => held 2 f1 bob A1:100 =100 until 20000ms
        read-hold 1                          => refused hold-expired
        extend 1 ttl=5s                      => refused hold-expired
        release 1                            => released nothing
        book hold=1                          => refused hold-expired
    ";
    whoever_meets_a_hold_at_its_deadline_expires_it = "
        show s rows=1x1 areas=floor:1:1      => show 0 created
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 10000ms
        hold s ann places=floor:1            => held 2 f1 ann floorx1:1 =1 until 10000ms
        at 10s
        read-hold 1                          => refused hold-expired
        extend 2 ttl=1s                      => refused hold-expired
        expire 100                           => expired 0
        hold s ann seats=A1                  => held 3 f1 ann A1:100 =100 until 20000ms
        at 20s
        free s A1 admin                      => freed A1
        hold s ann seats=A1                  => held 4 f1 ann A1:100 =100 until 30000ms
        at 30s
        release-seat-hold s ann A1           => released nothing
        hold s ann seats=A1                  => held 5 f1 ann A1:100 =100 until 40000ms
        at 39999999us
        expire 100                           => expired 0
        at 40s
        expire 100                           => expired 1
    ";
    a_hold_needs_its_token = "
        show s rows=1x2                      => show 0 created
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 10000ms
        read-hold 1 token=none               => refused not-found(hold)
        read-hold 1 token=2                  => refused not-found(hold)
        read-hold 2                          => refused not-found(hold)
        read-hold 0                          => refused not-found(hold)
        read-hold 1 fence=2                  => refused fence-stale(1)
        read-hold 1 buyer=ann                => hold 1 f1 ann A1:100 =100 until 10000ms
        read-hold 1 buyer=bob                => refused not-found(hold)
        extend 1 ttl=20s token=none          => refused not-found(hold)
        release 1 token=none                 => refused not-found(hold)
        release 1 fence=7                    => refused fence-stale(1)
        book hold=1 token=none               => refused not-found(hold)
        order ann hold=1 token=none          => refused not-found(hold)
        order bob hold=1                     => refused not-found(hold)
    ";
    an_extension_is_bounded_and_gives_a_new_fence = "
        show s rows=1x2                      => show 0 created
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 10000ms
        extend 1 ttl=99ms                    => refused shape(out-of-range)
        at 5s
        extend 1 ttl=10s                     => extended 1 f2 ann A1:100 =100 until 15000ms
        extend 1 ttl=10s fence=1             => refused fence-stale(2)
        at 10s
        read-hold 1 token=2                  => hold 1 f2 ann A1:100 =100 until 15000ms
        read-hold 1 token=1                  => hold 1 f2 ann A1:100 =100 until 15000ms
        extend 1 ttl=86400s fence=2          => extended 1 f3 ann A1:100 =100 until 86410000ms
        at 86409s
        extend 1 ttl=86391s                  => extended 1 f4 ann A1:100 =100 until 172800000ms
        extend 1 ttl=86392s                  => refused extend-too-far(172800000ms)
        extend 1 ttl=1s                      => extended 1 f5 ann A1:100 =100 until 86410000ms
        at 86410s
        hold s bob seats=A1                  => held 2 f1 bob A1:100 =100 until 86420000ms
    ";
    releasing_is_idempotent = "
        show s rows=1x2                      => show 0 created
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        release 1                            => released 1 f1 ann A1:100,A2:100 =200 until 10000ms
        release 1                            => released nothing
        hold s bob seats=A2                  => held 2 f1 bob A2:100 =100 until 10000ms
        release 1                            => released nothing
        release 3                            => refused not-found(hold)
        read-hold 2                          => hold 2 f1 bob A2:100 =100 until 10000ms
    ";
    the_best_seats_lie_side_by_side = "
        show s rows=2x5,1x3                  => show 0 created
        hold s ann best=0                    => refused shape(empty)
        hold s ann best=101                  => refused shape(too-many)
        hold s ann best=2:nowhere            => refused not-found(section)
        hold s ann best=2@none               => refused not-found(tariff)
        hold s ann best=3                    => held 1 f1 ann A2:100,A3:100,A4:100 =300 until 10000ms
        hold s ann best=2                    => held 2 f1 ann B2:100,B3:100 =200 until 10000ms
        hold s ann best=2:section1           => held 3 f1 ann C1:100,C2:100 =200 until 10000ms
        hold s ann best=3:section1           => refused sold-out(6)
        hold s ann best=3                    => refused sold-out(6)
        release 1                            => released 1 f1 ann A2:100,A3:100,A4:100 =300 until 10000ms
        hold s ann best=5                    => held 4 f1 ann A1:100,A2:100,A3:100,A4:100,A5:100 =500 until 10000ms
        at 10s
        hold s ann best=5                    => held 5 f1 ann A1:100,A2:100,A3:100,A4:100,A5:100 =500 until 20000ms
        hold s ann best=5:section0           => held 6 f1 ann B1:100,B2:100,B3:100,B4:100,B5:100 =500 until 20000ms
        hold s ann best=3:section1           => held 7 f1 ann C1:100,C2:100,C3:100 =300 until 20000ms
        hold s ann best=1                    => refused sold-out(0)
    ";
    places_are_counted = "
        show s areas=floor:5:20              => show 0 created
        hold s ann places=floor:0            => refused shape(empty)
        hold s ann places=roof:1             => refused not-found(area)
        hold s ann places=floor:1@none       => refused not-found(tariff)
        hold s ann places=floor:3            => held 1 f1 ann floorx3:20 =60 until 10000ms
        hold s bob places=floor:3            => refused sold-out(2)
        hold s bob places=floor:2            => held 2 f1 bob floorx2:20 =40 until 10000ms
        hold s cem places=floor:1            => refused sold-out(0)
        release 1                            => released 1 f1 ann floorx3:20 =60 until 10000ms
        book s cem places=floor:3            => booked 1 cem floorx3:20 =60 Confirmed
        at 10s
        hold s dan places=floor:3            => refused sold-out(2)
        hold s dan places=floor:2            => held 3 f1 dan floorx2:20 =40 until 20000ms
    ";
    a_buyer_keeps_to_the_limit_and_overdue_claims_do_not_count = "
        show s rows=1x6 areas=floor:9:1 max=3 per-hold=2 => show 0 created
        hold s ann seats=A1,A2,A3            => refused buyer-limit(2)
        hold s ann places=floor:3            => refused buyer-limit(2)
        hold s ann best=3                    => refused buyer-limit(2)
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        hold s ann seats=A3,A4               => refused buyer-limit(3)
        hold s ann places=floor:2            => refused buyer-limit(3)
        book s ann seats=A3                  => booked 1 ann A3:100 =100 Confirmed
        hold s ann seats=A4                  => refused buyer-limit(3)
        order ann show=s seats=A4            => refused buyer-limit(3)
        hold s bob seats=A4                  => held 2 f1 bob A4:100 =100 until 10000ms
        at 10s
        hold s ann seats=A1,A2               => held 3 f1 ann A1:100,A2:100 =200 until 20000ms
        cancel-booking 1                     => booking-cancelled 1 ann - =100 Cancelled
        order ann show=s places=floor:1      => ordered 1 ann pending floorx1:1 =1 by 30000ms
        hold s ann seats=A5                  => refused buyer-limit(3)
        at 30s
        hold s ann places=floor:2            => held 4 f1 ann floorx2:1 =2 until 40000ms
        hold s ann seats=A5                  => held 5 f1 ann A5:100 =100 until 40000ms
    ";
    a_session_holds_once_in_a_show_and_moves_to_another = "
        show s rows=1x4                      => show 0 created
        show t rows=1x4                      => show 1 created
        read-session u ann                   => refused not-found(show)
        release-session u ann                => refused not-found(show)
        read-session s ann                   => no session
        release-session s ann                => released nothing
        hold u ann seats=A1 session          => refused not-found(show)
        hold s ann seats=A1 session          => held 1 f1 ann A1:100 =100 until 10000ms
        read-session s ann                   => session 1 f1 ann A1:100 =100 until 10000ms
        read-session t ann                   => no session
        hold s ann seats=A2 session          => refused session-holds(1)
        hold s ann seats=Z9 session          => refused not-found(seat:Z9)
        hold s ann seats=A2@x session        => refused not-found(tariff)
        hold s ann seats=A2,#1 session       => refused shape(duplicate)
        hold s ann places=x:1 session        => refused not-found(area)
        hold s ann best=1:x session          => refused not-found(section)
        hold s ann best=1@x session          => refused not-found(tariff)
        hold s ann seats=A2                  => held 2 f1 ann A2:100 =100 until 10000ms
        hold t bob seats=A1                  => held 3 f1 bob A1:100 =100 until 10000ms
        hold t ann seats=A1 session          => refused seat-unavailable A1:held@10000ms
        read-session s ann                   => session 1 f1 ann A1:100 =100 until 10000ms
        hold t ann seats=A2 session          => held 4 f1 ann A2:100 =100 until 10000ms
        read-hold 1                          => refused hold-expired
        hold s bob seats=A1 session          => held 5 f1 bob A1:100 =100 until 10000ms
        release-session s ann                => released nothing
        release-session t ann                => released 4 f1 ann A2:100 =100 until 10000ms
        hold t ann seats=A2 session          => held 6 f1 ann A2:100 =100 until 10000ms
        at 10s
        read-session t ann                   => no session
        hold t ann seats=A2 session          => held 7 f1 ann A2:100 =100 until 20000ms
        at 20s
        hold t ann seats=A3 session          => held 8 f1 ann A3:100 =100 until 30000ms
        at 30s
        release-session t ann                => released nothing
        hold t ann seats=A3 session          => held 9 f1 ann A3:100 =100 until 40000ms
        book hold=9                          => booked 1 ann A3:100 =100 Confirmed
        hold t ann seats=A2 session          => held 10 f1 ann A2:100 =100 until 40000ms
        order ann hold=10                    => ordered 1 ann pending A2:100 =100 by 50000ms
        read-session t ann                   => no session
    ";
    a_seat_is_given_back_by_its_holder_only = "
        show s rows=1x3                      => show 0 created
        hold s ann seats=A1,A2               => held 1 f1 ann A1:100,A2:100 =200 until 10000ms
        release-seat-hold t ann A1           => refused not-found(show)
        release-seat-hold s ann Z1           => refused not-found(seat:Z1)
        release-seat-hold s ann #9           => refused not-found(seat-number:9)
        release-seat-hold s ann A3           => released nothing
        release-seat-hold s bob A1           => released nothing
        release-seat-hold s ann A1           => released 1 f1 ann A1:100,A2:100 =200 until 10000ms
        book s ann seats=A1                  => booked 1 ann A1:100 =100 Confirmed
        release-seat-hold s ann A1           => released nothing
    ";
}
