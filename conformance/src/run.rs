//! One run of one case.

use core::{any::Any, cell::Cell, panic::AssertUnwindSafe, time::Duration};

use lineside_core::Instant;

use crate::{
    context::Context,
    judge::{Check, Grade, Halt, Outcome},
    target::Plug,
    transcript::Entry,
};

/// What one run of a case gave.
#[derive(Debug)]
pub struct Run {
    /// Its checks, and why it ended early.
    pub outcome: Outcome,
    /// What passed on its wires.
    pub transcript: Vec<Entry>,
    /// How long it took, on the case's own clock.
    pub took: Duration,
}

impl Run {
    /// A run that the suite itself could not make.
    #[must_use]
    pub fn of_harness(why: &str) -> Self {
        Self::halted(Halt::Harness(why.to_owned()))
    }

    /// A run whose case panicked, which is the suite's own fault.
    #[must_use]
    pub fn of_panic(words: &str) -> Self {
        Self::of_harness(&format!("the case panicked: {words}"))
    }

    fn halted(halt: Halt) -> Self {
        let outcome = Outcome {
            checks: Vec::new(),
            halt: Some(halt),
            limits: Vec::new(),
        };
        Self {
            outcome,
            transcript: Vec::new(),
            took: Duration::ZERO,
        }
    }
}

/// Runs the context's case, at most for `limit`.
pub(crate) async fn once(cx: &Context, plug: &dyn Plug, limit: Duration) -> Run {
    let began = cx.clock().now();
    let case = (cx.instance().case.run)(cx.clone());
    let outcome = match cx
        .clock()
        .timeout(limit, Caught(AssertUnwindSafe(case)))
        .await
    {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(words)) => cx.finish(Err(Halt::Harness(format!("the case panicked: {words}")))),
        Err(_) => cx.finish(Err(Halt::Harness(format!(
            "the case did not end within {limit:?}"
        )))),
    };
    finish(cx, plug, outcome, began).await
}

async fn finish(cx: &Context, plug: &dyn Plug, mut outcome: Outcome, began: Instant) -> Run {
    let took = cx.clock().now().since(began);
    let level = cx.instance().case.level;
    if let Some(halt @ (Halt::Lost(_) | Halt::Absent(_))) = &outcome.halt {
        let grade = Grade::Fail.capped(level);
        outcome.checks.push(Check {
            name: "wire".into(),
            grade,
            message: halt.to_string(),
        });
    }
    // A panic is never conforming, whatever the clause under test allows.
    for message in plug.over().await {
        cx.note(message.clone());
        outcome.checks.push(Check {
            name: "alive".into(),
            grade: Grade::Fail,
            message,
        });
    }
    Run {
        outcome,
        transcript: cx.transcript(),
        took,
    }
}

/// Makes panics inside of cases silent: they are findings, and reports tell them. All others go to the
/// hook that was there before. For a program to call once.
pub fn quiet_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !IN_CASE.get() {
            return before(info);
        }
        let place = info
            .location()
            .map(|at| format!(" ({}:{})", at.file(), at.line()));
        PLACE.set(place.unwrap_or_default());
    }));
}

thread_local! {
    static IN_CASE: Cell<bool> = const { Cell::new(false) };
    static PLACE: Cell<String> = const { Cell::new(String::new()) };
}

/// Runs a case on this thread, so that its panics are known as such.
pub(crate) fn in_case<T>(run: impl FnOnce() -> T) -> T {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            IN_CASE.set(false);
        }
    }
    IN_CASE.set(true);
    let _reset = Reset;
    run()
}

/// What a panic said, and where where that is known.
pub(crate) fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!(
        "{}{}",
        text.unwrap_or("a panic without words"),
        PLACE.take()
    )
}

/// A future whose panic is a value.
struct Caught<F>(AssertUnwindSafe<F>);

impl<F: Future + Unpin> Future for Caught<F> {
    type Output = Result<F::Output, String>;

    fn poll(
        mut self: core::pin::Pin<&mut Self>,
        cx: &mut core::task::Context<'_>,
    ) -> core::task::Poll<Self::Output> {
        let inner = core::pin::Pin::new(&mut self.0.0);
        match std::panic::catch_unwind(AssertUnwindSafe(|| inner.poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => core::task::Poll::Ready(Err(words(&*panic))),
        }
    }
}
