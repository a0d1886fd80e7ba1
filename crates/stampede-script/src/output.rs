//! Raw samples on their way to files and other programs, on a thread of their own.
//!
//! Invariants: the queue is bounded; workers wait rather than lose a sample or grow without end.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use stampede_metrics::{Sample, SampleSink};

/// Samples that travel together.
const BATCH: usize = 512;
/// How long the first sample of a batch waits for others, in nanoseconds, so that a slow test is
/// seen by outputs that send while it runs.
const BATCH_AGE_NS_MAX: u64 = 1_000_000_000;
/// Batches that may wait.
const BATCHES_MAX: usize = 256;

/// Something that takes samples, such as a file.
pub trait Output: Send {
    /// Takes samples, in the order in which one worker recorded them.
    ///
    /// # Errors
    /// What the system says; the output gets nothing more then.
    fn write(&mut self, samples: &[Sample]) -> Result<(), String>;

    /// Writes what is left. Called once, at the end.
    ///
    /// # Errors
    /// What the system says.
    fn finish(&mut self) -> Result<(), String>;
}

/// The thread that feeds the outputs.
#[derive(Debug)]
pub struct OutputThread {
    sender: Option<SyncSender<Vec<Sample>>>,
    thread: Option<JoinHandle<Vec<String>>>,
}

impl OutputThread {
    /// Starts a thread for these outputs; none needs none.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(outputs: Vec<Box<dyn Output>>) -> std::io::Result<OutputThread> {
        if outputs.is_empty() {
            return Ok(OutputThread {
                sender: None,
                thread: None,
            });
        }
        let (sender, receiver) = sync_channel(BATCHES_MAX);
        let thread = std::thread::Builder::new()
            .name("outputs".to_owned())
            .spawn(move || feed(outputs, &receiver))?;
        Ok(OutputThread {
            sender: Some(sender),
            thread: Some(thread),
        })
    }

    /// A sink for one recorder, if there is any output.
    #[must_use]
    pub fn sink(&self) -> Option<Box<dyn SampleSink + Send>> {
        let sender = self.sender.clone()?;
        Some(Box::new(Batches {
            batch: Vec::with_capacity(BATCH),
            sender,
        }))
    }

    /// Waits until everything is written; call it when all sinks are gone. Answers what went wrong.
    #[must_use]
    pub fn finish(mut self) -> Vec<String> {
        drop(self.sender.take());
        match self.thread.take().map(JoinHandle::join) {
            None => Vec::new(),
            Some(Ok(problems)) => problems,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}

fn feed(mut outputs: Vec<Box<dyn Output>>, receiver: &Receiver<Vec<Sample>>) -> Vec<String> {
    let mut problems = Vec::new();
    for batch in receiver {
        outputs.retain_mut(|output| match output.write(&batch) {
            Ok(()) => true,
            Err(problem) => {
                tracing::error!("an output failed and gets nothing more: {problem}");
                problems.push(problem);
                false
            }
        });
    }
    for mut output in outputs {
        if let Err(problem) = output.finish() {
            tracing::error!("an output could not be finished: {problem}");
            problems.push(problem);
        }
    }
    problems
}

/// Collects samples into batches.
#[derive(Debug)]
struct Batches {
    batch: Vec<Sample>,
    sender: SyncSender<Vec<Sample>>,
}

impl Batches {
    fn send(&mut self) {
        if !self.batch.is_empty() {
            let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
            // The thread ends only after all senders have: nothing is lost here.
            drop(self.sender.send(batch));
        }
    }
}

impl SampleSink for Batches {
    fn push(&mut self, sample: Sample) {
        let first = self.batch.first().unwrap_or(&sample).time.0;
        let is_old = sample.time.0.saturating_sub(first) >= BATCH_AGE_NS_MAX;
        self.batch.push(sample);
        if is_old || self.batch.len() == BATCH {
            self.send();
        }
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.send();
    }
}
