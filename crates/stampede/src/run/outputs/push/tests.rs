//! Sending to receivers that are slow or silent, with the time they get cut short.

use std::net::TcpListener;

use stampede_metrics::{Registry, UnixNs};

use super::*;

/// An encoder that puts all that waits into one request.
#[derive(Default)]
struct Counting {
    waiting: u64,
}

impl Encoder for Counting {
    fn add(&mut self, samples: &[Sample]) {
        self.waiting += samples.len() as u64;
    }

    fn take(&mut self) -> Option<Push> {
        let samples = std::mem::take(&mut self.waiting);
        (samples > 0).then(|| Push {
            body: b"x".to_vec(),
            samples,
        })
    }

    fn dropped(&self) -> u64 {
        0
    }

    fn waiting(&self) -> u64 {
        self.waiting
    }
}

fn pusher(url: String) -> Pusher {
    let http = Http::new(url, Vec::new(), ClientOptions::new()).unwrap();
    let plan = Plan {
        name: "test",
        route: Route::Http(http),
        interval: Duration::from_secs(1),
        in_flight_max: 1,
        end_timeout: Duration::from_millis(20),
    };
    Pusher {
        link: Rc::new(Link::new(&plan.route)),
        plan: Rc::new(plan),
        encoder: Box::new(Counting::default()),
        log: Arc::new(Log::open(Some("none"), None, None, true, false).unwrap()),
        flying: JoinSet::new(),
        flying_samples: 0,
        tally: Tally::default(),
    }
}

fn samples(n: usize) -> Vec<Sample> {
    let registry = Registry::new();
    let metric = registry.find("iterations").expect("k6 has it").id;
    let sample = Sample {
        metric,
        time: UnixNs(1),
        value: 1.0,
        tags: Arc::default(),
    };
    vec![sample; n]
}

#[test]
fn a_receiver_that_never_answers_holds_the_end_up_for_a_bounded_time() {
    // Connections are accepted by the system, and nobody ever reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tally = LocalSet::new().block_on(&runtime, async {
        let mut pusher = pusher(url);
        pusher.encoder.add(&samples(3));
        pusher.send_what_is_there();
        // That one flies; these have to wait for it.
        let (sender, receiver) = channel(4);
        sender.send(samples(4)).await.unwrap();
        drop(sender);
        pusher.run(receiver).await
    });
    assert_eq!(
        (tally.requests, tally.failed, tally.lost_samples),
        (1, 1, 7)
    );
    let verdict = tally.verdict("test", 2).unwrap_err();
    assert!(verdict.contains("9 samples are lost"), "{verdict}");
    assert!(verdict.contains("within 20ms"), "{verdict}");
}

#[test]
fn a_full_queue_costs_samples_and_never_time() {
    let (sender, _receiver) = channel(1);
    let mut handle = Handle {
        name: "test",
        sender: Some(sender),
        thread: None,
        refused: 0,
    };
    handle.write(&samples(5)).unwrap();
    assert_eq!(handle.refused, 0);
    handle.write(&samples(6)).unwrap();
    assert_eq!(handle.refused, 6);
    let verdict = Tally::default().verdict("test", handle.refused);
    assert_eq!(verdict.unwrap_err(), "test: 6 samples found no room");
}
