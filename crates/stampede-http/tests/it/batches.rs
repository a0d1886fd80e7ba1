//! Batches keep their limits and their order.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use stampede_http::{Job, Request};

use crate::server::{Reply, Server, User, run, say, user};

fn jobs(urls: &[String]) -> Vec<Job> {
    let jar = Rc::default();
    urls.iter()
        .map(|url| {
            let request = Rc::new(Request::new("GET", url.clone()));
            Job {
                request,
                jar: Rc::clone(&jar),
            }
        })
        .collect()
}

#[test]
fn answers_come_in_the_order_of_the_requests() {
    run(async {
        let server = Server::start(|asked| say("200 OK", asked.path().as_bytes())).await;
        let urls: Vec<String> = (0..30).map(|idx| server.url(&format!("/{idx}"))).collect();
        let seen = RefCell::new(Vec::new());
        let observe = |idx: usize, _: &stampede_http::Response| seen.borrow_mut().push(idx);
        let answers = user().client.batch(&jobs(&urls), &observe).await;
        assert_eq!(answers.len(), 30);
        for (idx, answer) in answers.iter().enumerate() {
            assert_eq!(answer.body.as_deref(), Some(format!("/{idx}").as_bytes()));
        }
        seen.borrow_mut().sort_unstable();
        assert_eq!(*seen.borrow(), (0..30).collect::<Vec<usize>>());
        assert!(server.asked().iter().all(|asked| asked.connection <= 6));
    });
}

/// Nobody is answered before all that may be in flight have asked.
#[test]
fn as_many_are_in_flight_as_the_limits_allow() {
    run(async {
        let connections = Rc::new(Cell::new(0));
        let seen = Rc::clone(&connections);
        let server = Server::start(move |asked| {
            seen.set(seen.get().max(asked.connection));
            Reply::SayAndStall(Vec::new())
        })
        .await;
        let user = User::new(|options| {
            options.batch_max = 4;
            options.batch_per_host_max = 0;
        });
        let jobs: Vec<Job> = (0..9)
            .map(|_| {
                let mut request = Request::new("GET", server.url("/"));
                request.timeout = std::time::Duration::from_millis(40);
                Job {
                    request: Rc::new(request),
                    jar: Rc::default(),
                }
            })
            .collect();
        let first_four = jobs[..4].to_vec();
        user.client.batch(&first_four, &|_, _| {}).await;
        assert_eq!(
            connections.get(),
            4,
            "all four asked although none was answered"
        );
        let answers = user.client.batch(&jobs, &|_, _| {}).await;
        assert_eq!(answers.len(), 9);
        assert_eq!(connections.get(), 13);
    });
}

#[test]
fn one_that_fails_leaves_the_others_alone() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/reset" => Reply::Reset,
            _ => say("200 OK", b"ok"),
        })
        .await;
        let urls = [
            server.url("/"),
            server.url("/reset"),
            "http://[bad".to_owned(),
            server.url("/"),
        ];
        let answers = user().client.batch(&jobs(&urls), &|_, _| {}).await;
        let codes: Vec<u16> = answers
            .iter()
            .map(stampede_http::Response::error_code)
            .collect();
        assert_eq!(codes, [0, 1220, 1020, 0]);
        assert!(user().client.batch(&[], &|_, _| {}).await.is_empty());
    });
}
