//! The commands that every console has.

use super::{
    spec::{Argument, Hints, Spec},
    table::Table,
};

/// A command that the console itself runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Builtin {
    Help,
    History,
    Clear,
    Watch,
    Exit,
    Who,
    Kick,
}

impl Table {
    /// The same with the commands of every console: `help`, `history`, `clear`, `watch` and `exit`.
    #[must_use]
    pub fn with_builtins(self) -> Self {
        let command = |name: &'static str| Argument::rest(name).hints(Hints::Commands);
        self.with(
            Spec::new("help", "Lists the commands, or tells of one")
                .with(command("command").optional().help("Its name; of several words, the first will do"))
                .builtin(Builtin::Help),
        )
        .with(Spec::new("history", "Lists the lines that were entered").builtin(Builtin::History))
        .with(Spec::new("clear", "Clears the screen").builtin(Builtin::Clear))
        .with(
            Spec::new("watch", "Repeats a command until a key is pressed")
                .with(command("command").help(
                    "What is repeated; a number of seconds before it is the time between: watch 5 who",
                ))
                .builtin(Builtin::Watch),
        )
        .with(Spec::new("exit", "Ends this session").builtin(Builtin::Exit))
    }

    /// The same with the commands of a console with several sessions: `who`, and `kick` for operators of
    /// this level and above.
    #[must_use]
    pub fn with_sessions(self, kick: u8) -> Self {
        let session = Argument::integer("session", 1..=u32::MAX.into()).help("Its number in who");
        self.with(Spec::new("who", "Lists the sessions").builtin(Builtin::Who))
            .with(
                Spec::new("kick", "Ends another session")
                    .with(session)
                    .level(kick)
                    .builtin(Builtin::Kick),
            )
    }
}

impl Spec {
    const fn builtin(mut self, builtin: Builtin) -> Self {
        self.builtin = Some(builtin);
        self
    }
}
