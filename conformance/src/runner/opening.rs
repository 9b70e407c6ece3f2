//! Whether the target answers, and what is said when it does not.

use super::{CaseResult, Grade, Group, Instance, Job, Run, Runner, Side, result};
use crate::{Carrier, Case, Direction, Halt, case, hex};

/// All that can be asked in any dialect.
const REACHED: Instance = Instance {
    case: &CONNECT,
    param: None,
    carrier: None,
};

static CONNECT: Case = case! {
    id: "suite.reached",
    title: "the target takes a connection",
    => |cx| {
        drop(cx.connect().await?);
        cx.check("connected").pass("a connection was made");
    }
};

/// How the cases of one side of one group go on.
pub(super) enum Alive {
    Yes,
    /// No longer.
    No(Silence),
}

/// An exchange that did not go as it should.
pub(super) struct Silence {
    /// What was wrong, in one line.
    pub(super) headline: String,
    got: Got,
}

/// How far it went.
enum Got {
    /// There is no target, or nothing shows that there is one: why.
    Nowhere(String),
    /// A target took what was sent, and answered this.
    Through { sent: Vec<u8>, came: Vec<u8> },
}

impl Silence {
    fn of(result: CaseResult, run: &Run, is_line: bool) -> Self {
        let headline = result.headline();
        let sent = result::all(&result.transcript, 0, Direction::ToSubject);
        let came = result::all(&result.transcript, 0, Direction::FromSubject);
        // A line opens, and takes bytes, whether or not anything is at its other end.
        let got = match &run.outcome.halt {
            Some(Halt::Unreachable(why)) => Got::Nowhere(why.clone()),
            _ if came.is_empty() && is_line => {
                Got::Nowhere("nothing on the line answers".to_owned())
            }
            _ if came.is_empty() && sent.is_empty() => Got::Nowhere(headline.clone()),
            _ => Got::Through { sent, came },
        };
        Self { headline, got }
    }
}

impl Runner<'_, '_> {
    /// Why the cases of a side of a group cannot be run; keeps in mind whether there is a target.
    pub(super) fn not_opened(&mut self, group: &Group, side: Side, silence: Silence) -> String {
        let Silence { headline, got } = silence;
        match got {
            Got::Nowhere(why) => {
                if !self.reached {
                    self.unreachable.get_or_insert_with(|| why.clone());
                }
                format!("the target cannot be reached: {why}")
            }
            Got::Through { sent, came } => {
                self.reached = true;
                let mut why = format!(
                    "the target was reached, but does not answer the opening exchange of `{}` as \
                     it should: sent {}, came {} ({headline})",
                    group.id,
                    hex::short(&sent),
                    hex::short(&came),
                );
                if side == Side::Server && self.plan.target.profile.exchanges.is_empty() {
                    why += "; a target that is no echo says what it answers in its profile, [[exchange]]";
                }
                why
            }
        }
    }

    /// Whether the target answers the sanity exchange, asked twice at most.
    pub(super) fn check(&mut self, sanity: Option<&Job>) -> Alive {
        if let Alive::No(_) = self.ask(sanity) {
            let again = self.ask(sanity);
            self.reached |= matches!(again, Alive::Yes);
            return again;
        }
        self.reached = true;
        Alive::Yes
    }

    pub(super) fn ask(&self, sanity: Option<&Job>) -> Alive {
        let Some(job) = sanity else { return Alive::Yes };
        let run = self.plan.target.run(job);
        let result = result::of(job, &run);
        match result.grade {
            // A client that cannot do the exchange at all says so; it is there.
            Grade::Pass | Grade::Info | Grade::Warn | Grade::Skip => Alive::Yes,
            _ => Alive::No(Silence::of(result, &run, self.plan.target.is_line())),
        }
    }

    /// The group's exchange, where the target speaks its dialect.
    pub(super) fn sanity(&self, group: &'static Group, side: Side, jobs: &[Job]) -> Option<Job> {
        let (target, profile) = (&self.plan.target, &self.plan.target.profile);
        let can = |one: Instance| {
            let own = one.speaks().parse().ok().filter(|own| target.speaks(own))?;
            let had = |carrier: &Carrier| carrier.needs.iter().all(|need| profile.has(need));
            let carried = one.carrier.is_none_or(had);
            carried.then_some((one, own))
        };
        let exchange = group.sanity_of(side).find_map(can);
        // Its bytes are those of the group's own dialect: in another, all that can be asked is a wire.
        let (instance, dialect) = match (exchange, side) {
            (Some(exchange), _) => exchange,
            (None, Side::Server) => (REACHED, jobs.first()?.dialect.clone()),
            (None, Side::Client) => return None,
        };
        Some(Job {
            group,
            instance,
            dialect,
            seed: self.plan.seed,
        })
    }
}
