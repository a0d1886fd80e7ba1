//! Idempotency keys: repeats, other requests, sticky refusals, retention, limits.

super::tables! {
    a_repeat_with_its_key_answers_as_the_first = "
        show s rows=1x3                      => show 0 created
        hold s ann seats=A1 key=k1           => held 1 f1 ann A1:100 =100 until 10000ms
        hold s ann seats=A1 key=k1           => again held 1 f1 ann A1:100 =100 until 10000ms
        hold s ann seats=A1 key=k1 fp=other  => refused key-reused
        hold s ann seats=A1,A1 key=k1        => refused shape(duplicate)
        hold s ann seats=A1 key=k2           => refused seat-unavailable A1:held@10000ms
        at 10s
        hold s ann seats=A1 key=k1           => again held 1 f1 ann A1:100 =100 until 10000ms
        hold s ann seats=A1 key=k2           => again refused seat-unavailable A1:held@10000ms
        hold s bob seats=A1 key=k1 as=2      => held 2 f1 bob A1:100 =100 until 20000ms
        book hold=1 key=k3                   => refused hold-expired
        book hold=1 key=k3                   => again refused hold-expired
    ";
    a_refusal_sticks_ten_minutes_and_an_effect_a_day = "
        hold s ann seats=A1 key=k1           => refused not-found(show)
        charge ann 5 key=k2                  => charged ann 5 v1 moved 5
        show s rows=1x3 ttl=86400s           => show 0 created
        hold s ann seats=A1 key=k1           => again refused not-found(show)
        at 599999999us
        hold s ann seats=A1 key=k1           => again refused not-found(show)
        expire 10                            => expired 0
        at 600s
        hold s ann seats=A1 key=k1           => held 1 f1 ann A1:100 =100 until 87000000ms
        hold s ann seats=A1 key=k1           => again held 1 f1 ann A1:100 =100 until 87000000ms
        at 86399999999us
        charge ann 5 key=k2                  => again charged ann 5 v1 moved 5
        expire 10                            => expired 0
        at 86400s
        expire 10                            => expired 1
        charge ann 5 key=k2                  => charged ann 10 v2 moved 5
        at 87000s
        expire 10                            => expired 2
    ";
    every_refusal_by_the_state_sticks = "
        charge ann 5 cur=none key=k1         => refused shape(currency)
        charge ann 5                         => charged ann 5 v1 moved 5
        charge ann 5 cur=none key=k1         => again refused shape(currency)
        charge ann 0 key=k2                  => refused shape(out-of-range)
        charge ann 1 key=k2                  => charged ann 6 v2 moved 1
        show s rows=1x9999 key=k3            => refused shape(layout)
        show s rows=1x9 key=k3               => show 0 created
        account bob key=k4                   => refused not-found(account)
        charge bob 1                         => charged bob 1 v1 moved 1
        account bob key=k4                   => account bob 1 v1 moved 0
    ";
    a_full_house_of_keys_decides_nothing = "
        rules keys=2
        charge ann 1 key=k1                  => charged ann 1 v1 moved 1
        charge ann 1 key=k2                  => charged ann 2 v2 moved 1
        charge ann 1 key=k3                  => refused keys-exhausted
        charge ann 1 key=k1                  => again charged ann 1 v1 moved 1
        charge ann 1 key=k1 fp=other         => refused key-reused
        charge ann 1                         => charged ann 3 v3 moved 1
        account ann key=k3                   => account ann 3 v3 moved 0
        rules keys=9 keys-each=2
        charge ann 1 key=k3                  => refused keys-exhausted
        charge bob 1 key=k3 as=2             => charged bob 1 v1 moved 1
        at 86400s
        expire 2                             => expired 2
        charge ann 1 key=k3                  => charged ann 4 v4 moved 1
    ";
    a_replay_outlives_what_it_tells_of = "
        show s rows=1x3                      => show 0 created
        product p price=10 stock=5           => product-created p @10 stock 5 sold 0
        order ann items=p:2 show=s seats=A1 key=k1 => ordered 1 ann pending px2,A1:100 =120 by 20000ms
        pay 1 ref=r1 key=k2                  => paid 1 ann paid 120 booking 1 ref r1
        refund 1 seats=A1 key=k3             => refunded 1 ann paid 100 balance 100 booking 1
        refund 1 seats=A1 key=k3             => again refunded 1 ann paid 100 balance 100 booking 1
        pay 1 ref=r1 key=k2                  => again paid 1 ann paid 120 booking 1 ref r1
        order ann items=p:2 show=s seats=A1 key=k1 => again ordered 1 ann pending px2,A1:100 =120 by 20000ms
        release-session s ann key=k4         => released nothing
        hold s ann seats=A2 session          => held 1 f1 ann A2:100 =100 until 10000ms
        release-session s ann key=k4         => again released nothing
        read-session s ann                   => session 1 f1 ann A2:100 =100 until 10000ms
    ";
    a_key_that_meets_an_overdue_claim_keeps_one_answer = "
        show s rows=1x1                      => show 0 created
        hold s ann seats=A1                  => held 1 f1 ann A1:100 =100 until 10000ms
        at 10s
        hold s bob seats=A1 key=k1           => held 2 f1 bob A1:100 =100 until 20000ms
        hold s bob seats=A1 key=k1           => again held 2 f1 bob A1:100 =100 until 20000ms
        book hold=1 key=k2                   => refused hold-expired
        at 20s
        book hold=2 key=k3                   => refused hold-expired
        book hold=2 key=k3                   => again refused hold-expired
    ";
}
