//! A worker's part in a scenario of the open model: iterations start when the plan says.
//!
//! Invariants: a start is given to a free user of this worker, else to a worker that has one, else
//! it is dropped and counted, and another user is made if the scenario may have more.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use stampede_js::{Entry, Interrupter, Level, Vu};
use stampede_plan::Work;
use tokio::sync::Notify;
use tokio::task::spawn_local;

use crate::dropped;
use crate::job::{ArrivalPart, Board, Command, Running};
use crate::worker::Worker;

/// Starts that are due within this are made without another sleep: the timer knows milliseconds.
const TIMER_GRAIN: Duration = Duration::from_millis(1);

/// A start that is later than this is dropped: this machine cannot keep up with the plan.
const LATE_MAX: Duration = Duration::from_millis(100);

/// Late starts that are passed over before others of the thread get a turn.
const LATE_AT_ONCE: u64 = 1_024;

/// A worker's part while it runs.
pub(crate) struct Part {
    running: Arc<Running>,
    board: Arc<Board>,
    /// Users that wait; the last to come back is the first to go, its memory is still warm.
    free: RefCell<Vec<(u64, Vu)>>,
    /// How to end an iteration of each user.
    interrupters: RefCell<HashMap<u64, Interrupter>>,
    /// Users of this part, those in an iteration or still being made included.
    n_users: Cell<usize>,
    returned: Notify,
    /// Whether its users have left: what is handed over from now on came too late.
    is_over: Cell<bool>,
}

/// Does a part to its end; answers the users that it had.
pub(crate) async fn run(worker: &Rc<Worker>, job: ArrivalPart) -> Vec<u64> {
    let scenario_idx = job.board.scenario_idx;
    let part = Rc::new(Part {
        running: job.running,
        board: job.board,
        free: RefCell::default(),
        interrupters: RefCell::default(),
        n_users: Cell::new(0),
        returned: Notify::new(),
        is_over: Cell::new(false),
    });
    // Known before the board shows a free user of it, so that every start handed over finds it.
    worker
        .parts
        .borrow_mut()
        .insert(scenario_idx, Rc::clone(&part));
    let mut lost = Vec::new();
    for user in job.users {
        let mut vu = worker.take(user);
        match worker.join(&mut vu, &part.running).await {
            Ok(()) => {
                part.n_users.set(part.n_users.get() + 1);
                part.running.state.allocated.fetch_add(1, Ordering::Relaxed);
                part.take_in(worker, user, vu);
            }
            Err(error) => {
                worker.complain(&error, &part.running);
                worker.put_back(user, vu);
                lost.push(user);
            }
        }
    }
    dispatch(worker, &part).await;
    part.all_returned(worker).await;
    // It stays known, so that a start which is still on its way here is counted.
    part.is_over.set(true);
    let users = part.free.take();
    let mut ids: Vec<u64> = users.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    for (id, vu) in users {
        worker.put_back(id, vu);
    }
    ids.append(&mut lost);
    ids
}

/// Makes this worker's share of the starts.
async fn dispatch(worker: &Rc<Worker>, part: &Rc<Part>) {
    let Work::Arrivals(arrivals) = &part.running.state.plan.work else {
        unreachable!("only arrivals are planned as such");
    };
    let n_workers = part.board.free.len();
    let stop = worker.outfit.stop.clone();
    let end = part.running.start + arrivals.duration();
    let worker_idx = worker.idx as u64;
    let n_planned = arrivals.count().saturating_sub(worker_idx);
    let n_planned = n_planned.div_ceil(n_workers as u64);
    let (mut n_made, mut n_late) = (0_u64, 0_u64);
    for start in arrivals.starts().skip(worker.idx).step_by(n_workers) {
        let at = part.running.start + start.at;
        let now = Instant::now();
        // Made up for later it would be another load than the one that was planned.
        let is_over = end + LATE_MAX + TIMER_GRAIN < now;
        if is_over || at + LATE_MAX + TIMER_GRAIN < now {
            if is_over || stop.is_stopped() {
                break;
            }
            n_late += 1;
            if n_late.is_multiple_of(LATE_AT_ONCE) {
                tokio::task::yield_now().await;
            }
            continue;
        }
        if now < at {
            tokio::select! {
                () = tokio::time::sleep_until(at.into()) => {}
                () = stop.stopped() => {}
            }
        }
        if stop.is_stopped() {
            break;
        }
        arrive(worker, part);
        n_made += 1;
        // When many are late, users still get their turns between two starts.
        if at + TIMER_GRAIN < now {
            tokio::task::yield_now().await;
        }
    }
    if !stop.is_stopped() {
        dropped::record(
            &worker.recorder,
            &worker.outfit.settings,
            &part.running,
            n_planned.saturating_sub(n_made),
        );
    }
    // A scenario lasts as long as it was planned, even when its last start was earlier.
    tokio::select! {
        () = tokio::time::sleep_until(end.into()) => {}
        () = stop.stopped() => {}
    }
}

/// One start that is due now.
fn arrive(worker: &Rc<Worker>, part: &Rc<Part>) {
    if start_one(worker, part) {
        return;
    }
    let board = &part.board;
    let others = (0..board.free.len()).filter(|other| *other != worker.idx);
    for other in others {
        let is_free = board.free[other].load(Ordering::Relaxed) > 0;
        let hand_over = Command::HandOver {
            scenario_idx: board.scenario_idx,
        };
        if is_free && worker.outfit.peers[other].try_send(hand_over).is_ok() {
            return;
        }
    }
    drop_one(worker, part);
}

/// A start that another worker had no free user for.
pub(crate) fn take_over(worker: &Rc<Worker>, scenario_idx: usize) {
    let part = worker.parts.borrow().get(&scenario_idx).cloned();
    let Some(part) = part else {
        tracing::error!("a start was handed over to a worker that has no part in its scenario");
        return;
    };
    if part.is_over.get() {
        dropped::record(&worker.recorder, &worker.outfit.settings, &part.running, 1);
    } else if !start_one(worker, &part) {
        drop_one(worker, &part);
    }
}

fn start_one(worker: &Rc<Worker>, part: &Rc<Part>) -> bool {
    let Some((id, mut vu)) = part.free.borrow_mut().pop() else {
        return false;
    };
    part.board.free[worker.idx].fetch_sub(1, Ordering::Relaxed);
    let (worker, part) = (Rc::clone(worker), Rc::clone(part));
    spawn_local(async move {
        worker.enter(&part.running);
        let can_go_on = worker.iterate(&mut vu, &part.running).await;
        worker.leave(&part.running);
        if can_go_on || worker.outfit.stop.is_stopped() {
            part.give_back(&worker, id, vu);
            return;
        }
        drop(vu);
        match worker.remake(id, &part.running).await {
            Ok(vu) => part.take_in(&worker, id, vu),
            Err(error) => {
                worker.complain(&error, &part.running);
                part.interrupters.borrow_mut().remove(&id);
                part.lost_one();
            }
        }
    });
    true
}

fn drop_one(worker: &Rc<Worker>, part: &Rc<Part>) {
    dropped::record(&worker.recorder, &worker.outfit.settings, &part.running, 1);
    make_another(worker, part);
}

/// Makes one more user, if the scenario may have more.
fn make_another(worker: &Rc<Worker>, part: &Rc<Part>) {
    let board = &part.board;
    let taken = board
        .unplanned
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        });
    if taken.is_err() {
        if !board.has_warned.swap(true, Ordering::Relaxed) {
            let n_users = part.running.state.allocated_vus();
            let message = format!(
                "Insufficient VUs, reached {n_users} active VUs and cannot initialize more"
            );
            let scenario = &part.running.script;
            worker.outfit.log.log(&Entry {
                level: Level::Warn,
                message: &message,
                fields: &[
                    ("executor", scenario.executor.as_str()),
                    ("scenario", scenario.name.as_str()),
                ],
                is_console: false,
            });
        }
        return;
    }
    let id = board.next_id.fetch_add(1, Ordering::Relaxed);
    part.n_users.set(part.n_users.get() + 1);
    let (worker, part) = (Rc::clone(worker), Rc::clone(part));
    spawn_local(async move {
        let made = async {
            let mut vu = worker.make(id).await?;
            worker.join(&mut vu, &part.running).await?;
            Ok(vu)
        };
        match made.await {
            Ok(vu) => {
                part.running.state.allocated.fetch_add(1, Ordering::Relaxed);
                part.take_in(&worker, id, vu);
            }
            Err(error) => {
                worker.complain(&error, &part.running);
                part.lost_one();
            }
        }
    });
}

impl Part {
    /// A user that has not been here before, or was made anew.
    fn take_in(&self, worker: &Worker, id: u64, vu: Vu) {
        self.interrupters.borrow_mut().insert(id, vu.interrupter());
        self.give_back(worker, id, vu);
    }

    fn give_back(&self, worker: &Worker, id: u64, vu: Vu) {
        self.free.borrow_mut().push((id, vu));
        self.board.free[worker.idx].fetch_add(1, Ordering::Relaxed);
        self.returned.notify_one();
    }

    fn lost_one(&self) {
        self.n_users.set(self.n_users.get() - 1);
        self.returned.notify_one();
    }

    /// Waits until no user is in an iteration, and cuts short what lasts beyond the hard end.
    async fn all_returned(&self, worker: &Worker) {
        let is_over = || self.free.borrow().len() == self.n_users.get();
        let hard_end = tokio::time::sleep_until(self.running.hard_end.into());
        tokio::pin!(hard_end);
        while !is_over() {
            tokio::select! {
                () = self.returned.notified() => {}
                () = &mut hard_end => break,
                () = worker.outfit.stop.stopped() => break,
            }
        }
        while !is_over() {
            // A user that waits keeps its next iteration.
            let free: HashSet<u64> = self.free.borrow().iter().map(|(id, _)| *id).collect();
            for (id, interrupter) in self.interrupters.borrow().iter() {
                if !free.contains(id) {
                    interrupter.stop();
                }
            }
            // Told again in case one began just now.
            tokio::select! {
                () = self.returned.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
        }
    }
}
