//! Several requests of one user at once.
//!
//! Invariants: no more than `batch` of them are in flight, and no more than `batchPerHost` to one
//! host; the rest wait in their order; all are answered, in their order.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::target::Target;
use super::{Client, Job};
use crate::response::Response;

type Flight<'a> = Pin<Box<dyn Future<Output = Response> + 'a>>;

/// The state of a batch that is under way.
struct Batch<'a> {
    client: &'a Client,
    jobs: &'a [Job],
    hosts: Vec<String>,
    observe: &'a dyn Fn(usize, &Response),
    waiting: Vec<usize>,
    flights: Vec<(usize, Flight<'a>)>,
    answers: Vec<Option<Response>>,
}

impl Client {
    /// Sends several requests at once, as many as the options allow, and answers in their order.
    /// `observe` sees every hop with the index of its request.
    pub async fn batch(&self, jobs: &[Job], observe: &dyn Fn(usize, &Response)) -> Vec<Response> {
        let host = |job: &Job| {
            let target = Target::read(&job.request.url);
            target.map_or_else(|_| String::new(), |target| target.url.authority())
        };
        let mut batch = Batch {
            client: self,
            jobs,
            hosts: jobs.iter().map(host).collect(),
            observe,
            waiting: (0..jobs.len()).collect(),
            flights: Vec::new(),
            answers: jobs.iter().map(|_| None).collect(),
        };
        poll_fn(|cx| batch.poll(cx)).await;
        batch.answers.into_iter().flatten().collect()
    }
}

impl Batch<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            self.launch();
            let before = self.flights.len();
            let answers = &mut self.answers;
            self.flights
                .retain_mut(|(idx, flight)| match flight.as_mut().poll(cx) {
                    Poll::Ready(response) => {
                        answers[*idx] = Some(response);
                        false
                    }
                    Poll::Pending => true,
                });
            if self.flights.is_empty() && self.waiting.is_empty() {
                return Poll::Ready(());
            }
            // Where something landed, something else may take off.
            if self.flights.len() == before || self.waiting.is_empty() {
                return Poll::Pending;
            }
        }
    }

    fn launch(&mut self) {
        let options = &self.client.inner.environment.options;
        // As in k6 zero is no limit.
        let flights_max = if options.batch_max == 0 {
            usize::MAX
        } else {
            options.batch_max
        };
        let per_host_max = options.batch_per_host_max;
        let mut position = 0;
        while self.flights.len() < flights_max
            && let Some(&idx) = self.waiting.get(position)
        {
            let host = &self.hosts[idx];
            let same = self
                .flights
                .iter()
                .filter(|(other, _)| self.hosts[*other] == *host)
                .count();
            if per_host_max > 0 && same >= per_host_max {
                position += 1;
                continue;
            }
            self.waiting.remove(position);
            let (client, job, observe) = (self.client, &self.jobs[idx], self.observe);
            let flight = async move {
                let seen = |response: &Response| observe(idx, response);
                client.send(job.request.clone(), &job.jar, &seen).await
            };
            self.flights.push((idx, Box::pin(flight)));
        }
    }
}
