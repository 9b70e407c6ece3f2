//! Cases side by side.

use super::{AtomicUsize, Job, Mutex, Ordering, PoisonError, Run, Target};

/// Runs all of `jobs`, at most `width` at a time; gives their runs in the same order.
pub(super) fn run(target: &Target, jobs: &[Job], width: usize) -> Vec<Run> {
    let next = AtomicUsize::new(0);
    let runs: Mutex<Vec<(usize, Run)>> = Mutex::new(Vec::new());
    let worker = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(at) else { return };
            let run = target.run(job);
            runs.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((at, run));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..width.min(jobs.len()) {
            scope.spawn(worker);
        }
        worker();
    });
    let mut runs = runs.into_inner().unwrap_or_else(PoisonError::into_inner);
    runs.sort_by_key(|(at, _)| *at);
    runs.into_iter().map(|(_, run)| run).collect()
}
