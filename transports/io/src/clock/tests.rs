use core::task::Waker;

use super::*;

fn real() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn clocks() -> [Clock; 2] {
    [Clock::tokio(), Clock::precise()]
}

#[test]
fn a_timer_never_rings_early() {
    real().block_on(async {
        for clock in clocks() {
            for micros in (0..2_000).step_by(37) {
                let at = clock.now() + Duration::from_micros(micros);
                clock.sleep_until(at).await;
                assert!(clock.now() >= at, "{clock:?}, {micros}");
            }
        }
    });
}

#[test]
fn a_timer_that_is_set_again_rings_at_its_new_time_only() {
    real().block_on(async {
        for clock in clocks() {
            let mut timer = clock.timer();
            let start = clock.now();
            // Later, earlier, and after it was let go: what was set last counts.
            for millis in [[20, 3], [2, 9], [1, 4]] {
                let at = clock.now() + Duration::from_millis(millis[0]);
                timer.set(Some(at));
                poll_fn(|cx| Poll::Ready(timer.poll(cx).is_pending())).await;
                timer.set(None);
                let at = clock.now() + Duration::from_millis(millis[1]);
                timer.set(Some(at));
                poll_fn(|cx| timer.poll(cx)).await;
                assert!(clock.now() >= at, "{clock:?}");
            }
            assert!(clock.now().since(start) >= Duration::from_millis(16));
        }
    });
}

#[test]
fn a_timer_at_the_end_of_time_waits() {
    real().block_on(async {
        for clock in clocks() {
            let mut timer = clock.timer();
            timer.set(Some(Instant::from_nanos(u64::MAX)));
            for _ in 0..3 {
                assert!(poll_fn(|cx| Poll::Ready(timer.poll(cx).is_pending())).await);
            }
        }
    });
}

#[test]
fn a_timer_rings_again_and_again_and_not_when_unset() {
    real().block_on(async {
        for clock in clocks() {
            let mut timer = clock.timer();
            let mut cx = Context::from_waker(Waker::noop());
            assert!(timer.poll(&mut cx).is_pending());
            timer.set(Some(clock.now()));
            assert!(timer.poll(&mut cx).is_ready());
            assert!(timer.poll(&mut cx).is_ready());
            timer.set(None);
            assert!(timer.poll(&mut cx).is_pending());
        }
    });
}

#[test]
fn tokios_clock_follows_paused_time() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let clock = Clock::tokio();
        clock.sleep(Duration::from_secs(3_600)).await;
        assert_eq!(clock.now().since(Instant::START).as_secs(), 3_600);
    });
}

#[test]
fn timers_in_different_tasks_do_not_disturb_each_other() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let clock = Clock::precise();
        let mut tasks = tokio::task::JoinSet::new();
        for i in 1..=20 {
            let clock = clock.clone();
            tasks.spawn(async move {
                for _ in 0..10 {
                    let at = clock.now() + Duration::from_micros(100 * i);
                    clock.sleep_until(at).await;
                    assert!(clock.now() >= at);
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
    });
}
