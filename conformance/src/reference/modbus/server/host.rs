//! One server for many connections.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use tokio::{
    sync::mpsc::UnboundedReceiver,
    task::{AbortHandle, JoinSet},
};

use super::{Visitor, gateway, roles::Rights};
use crate::{
    Modbus,
    reference::Mutation,
    subject::{Guest, Setup},
    wire::End,
};

/// When a connection was last used, as the number of the use among all of the server's.
#[derive(Clone, Default)]
pub(super) struct Used {
    all: Arc<AtomicU64>,
    last: Arc<AtomicU64>,
}

impl Used {
    pub(super) fn now(&self) {
        let number = self.all.fetch_add(1, Ordering::Relaxed) + 1;
        self.last.store(number, Ordering::Relaxed);
    }

    /// Of another connection to the same server.
    fn another(&self) -> Self {
        let used = Self {
            all: self.all.clone(),
            last: Arc::default(),
        };
        used.now();
        used
    }
}

/// Takes in whoever comes. When there are as many as there may be, the one that was not used for longest
/// goes (guide 4.2.1).
pub(in crate::reference::modbus) async fn run(
    mut guests: UnboundedReceiver<Guest>,
    lines: Vec<End>,
    setup: Setup,
    broken: Mutation,
) {
    if !lines.is_empty() {
        return gateway::run(guests, lines, setup, broken).await;
    }
    let most = setup.profile.limit(Modbus::CONNECTIONS, u64::MAX);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut house = House {
        tasks: JoinSet::new(),
        seats: Vec::new(),
        taken: 0,
        most,
        broken,
    };
    let uses = Used::default();
    while let Some(guest) = guests.recv().await {
        if house.make_room() {
            house.take_in(guest, &setup, uses.another());
        }
    }
    while house.tasks.join_next().await.is_some() {}
}

struct House {
    tasks: JoinSet<()>,
    seats: Vec<(AbortHandle, Used)>,
    taken: usize,
    most: usize,
    broken: Mutation,
}

impl House {
    /// Whether there is room for one more.
    fn make_room(&mut self) -> bool {
        self.seats.retain(|(task, _)| !task.is_finished());
        self.taken += 1;
        if self.taken > self.most && self.broken.is("host.is-full-for-ever") {
            return false;
        }
        if self.seats.len() < self.most || self.broken.is("host.takes-everybody-in") {
            return true;
        }
        let last =
            |(_, (_, used)): &(usize, &(AbortHandle, Used))| used.last.load(Ordering::Relaxed);
        let seats = self.seats.iter().enumerate();
        let goes = if self.broken.is("host.closes-the-busiest") {
            seats.max_by_key(last)
        } else {
            seats.min_by_key(last)
        };
        let Some(at) = goes.map(|(at, _)| at) else {
            return false;
        };
        self.seats.remove(at).0.abort();
        true
    }

    fn take_in(&mut self, guest: Guest, setup: &Setup, used: Used) {
        let certificate = guest.certificate.as_deref();
        let visitor = Visitor {
            rights: certificate.map(|it| Rights::of(it, &self.broken)),
            used: used.clone(),
        };
        let serve = super::run_for(guest.end, setup.clone(), self.broken.clone(), visitor);
        self.seats.push((self.tasks.spawn(serve), used));
    }
}
