//! Ending a run from outside: the first signal ends the test, the second the process.

use stampede_script::{Stop, StopReason};

use super::Failure;
use crate::complain;
use crate::exit::Exit;

/// Ends the process, whatever its threads are doing.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the one place where somebody has asked for the end twice"
)]
fn end_at_once() -> ! {
    std::process::exit(i32::from(Exit::Verdict(105).code()))
}

/// Ends the run at the first SIGINT or SIGTERM, and the process at the second.
pub(super) fn stop_on_signal(stop: &Stop) -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed =
        |error: std::io::Error| Failure::config(format!("signals cannot be caught: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let (mut terminate, mut interrupt) = {
        let _entered = runtime.enter();
        (
            signal(SignalKind::terminate()).map_err(failed)?,
            signal(SignalKind::interrupt()).map_err(failed)?,
        )
    };
    let stop = stop.clone();
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                for n_signal in 0.. {
                    tokio::select! {
                        _ = terminate.recv() => {}
                        _ = interrupt.recv() => {}
                    }
                    if n_signal > 0 {
                        complain("stampede: told to stop a second time; ended at once\n");
                        end_at_once();
                    }
                    stop.stop(StopReason::Signal);
                }
            });
        })
        .map_err(failed)?;
    Ok(())
}

pub(super) fn linger(stop: &Stop) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    if let Ok(runtime) = runtime {
        runtime.block_on(stop.stopped());
    }
}
