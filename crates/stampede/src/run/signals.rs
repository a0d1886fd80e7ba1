//! Ending a run from outside: the first signal ends the test, the second the process.

use stampede_script::{Stop, StopReason};

use super::Failure;

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
                        std::process::abort();
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
