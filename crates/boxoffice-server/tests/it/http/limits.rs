//! More connections than there is room for.

use super::{Client, Server, wait_until};

#[test]
fn at_the_limit_the_longest_idle_makes_way() {
    let server = Server::start(|options| options.connections_max = 3);
    let mut clients = (0..3)
        .map(|_n_client| {
            let mut client = server.connect();
            assert_eq!(client.get("/constant").status, 200);
            client
        })
        .collect::<Vec<Client>>();
    // The first one has asked again, so now the second has waited longest.
    assert_eq!(clients[0].get("/constant").status, 200);
    let mut fourth = server.connect();
    assert_eq!(fourth.get("/constant").status, 200);
    assert!(clients[1].is_closed());
    assert_eq!(clients[0].get("/constant").status, 200);
    assert_eq!(clients[2].get("/constant").status, 200);
    assert_eq!(server.stats.evicted_total(), 1);
    assert_eq!(server.stats.connections(), 3);
}

#[test]
fn at_the_limit_a_client_that_sends_a_head_slowly_is_idle() {
    let server = Server::start(|options| options.connections_max = 2);
    let mut slow = server.connect();
    slow.write("GET /constant HTTP/1.1\r\nHost: a\r\n");
    wait_until("it is accepted", || server.stats.accepted_total() == 1);
    let mut honest = server.connect();
    assert_eq!(honest.get("/constant").status, 200);
    assert_eq!(server.connect().get("/constant").status, 200);
    assert!(slow.is_closed());
    assert_eq!(honest.get("/constant").status, 200);
}

#[test]
fn at_the_limit_a_client_that_owes_its_body_makes_way_before_one_that_we_work_for() {
    let server = Server::start(|options| options.connections_max = 2);
    let mut busy = server.connect();
    busy.write("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the handler waits", || server.entered() == 1);
    let mut owing = server.connect();
    owing.write(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
    );
    assert_eq!(owing.answer().unwrap().status, 100);
    let mut third = server.connect();
    assert_eq!(third.get("/constant").status, 200);
    assert!(owing.is_closed());
    server.probe.gate.add_permits(1);
    assert_eq!(busy.answer().unwrap().body, "through");
}

#[test]
fn at_the_limit_with_everybody_at_work_a_new_client_waits_and_is_served() {
    let server = Server::start(|options| options.connections_max = 2);
    let mut busy = [server.connect(), server.connect()];
    for client in &mut busy {
        client.write("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    wait_until("both handlers wait", || server.entered() == 2);
    let mut third = server.connect();
    third.write("GET /constant HTTP/1.1\r\nHost: a\r\n\r\n");
    server.probe.gate.add_permits(2);
    assert_eq!(third.answer().unwrap().body, "constant");
    assert_eq!(server.left(), 2);
}

#[test]
fn thousands_of_idle_connections_leave_room_for_work() {
    let server = Server::start(|_options| {});
    // The server raises the limit of descriptors; two ends of each connection live in here.
    let idle = (0..2_000)
        .map(|_n_client| server.connect())
        .collect::<Vec<Client>>();
    wait_until("all are accepted", || {
        server.stats.connections() == idle.len()
    });
    let mut client = server.connect();
    for _n_request in 0..100 {
        assert_eq!(client.get("/constant").status, 200);
    }
    assert_eq!(server.stats.evicted_total(), 0);
    drop(idle);
    wait_until("all have left", || server.stats.connections() == 1);
}

#[test]
fn a_flood_of_new_connections_is_accepted_to_the_last() {
    let server = Server::start(|options| options.connections_max = 50);
    let mut clients = (0..1_000)
        .map(|_n_client| server.connect())
        .collect::<Vec<Client>>();
    let last = clients.last_mut().unwrap();
    assert_eq!(last.get("/constant").status, 200);
    wait_until("the others made way", || {
        server.stats.evicted_total() == 950
    });
    assert_eq!(server.stats.connections(), 50);
}
