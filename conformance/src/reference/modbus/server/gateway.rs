//! A gateway: requests come over TCP, and go out on the line of their unit, one after the other.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

use super::{Event, Framing, port::Port, tcp::Tcp};
use crate::{
    reference::{
        Mutation,
        modbus::{client::Master, plant},
    },
    subject::{Guest, Setup},
    wire::End,
};

/// Gateway path unavailable.
const NO_PATH: u8 = 0x0a;
/// Gateway target device failed to respond.
const NO_ANSWER: u8 = 0x0b;

/// A request on its way.
#[derive(Clone)]
struct Order {
    transaction: u16,
    unit: u8,
    pdu: Vec<u8>,
    /// Whoever asked is there no more.
    gone: Arc<AtomicBool>,
    answer: UnboundedSender<Answer>,
}

struct Answer {
    transaction: u16,
    unit: u8,
    pdu: Vec<u8>,
}

impl Order {
    fn answer(&self, pdu: Vec<u8>) {
        let answer = Answer {
            transaction: self.transaction,
            unit: self.unit,
            pdu,
        };
        // Whoever has gone wants no answer.
        let _ = self.answer.send(answer);
    }

    fn refuse(&self, exception: u8) {
        let code = self.pdu.first().copied().unwrap_or_default();
        self.answer(vec![code | 0x80, exception]);
    }
}

/// The lines' queues.
type Queues = Arc<[UnboundedSender<Order>]>;

pub(super) async fn run(
    mut guests: UnboundedReceiver<Guest>,
    lines: Vec<End>,
    setup: Setup,
    broken: Mutation,
) {
    let mut tasks = JoinSet::new();
    let mut queues = Vec::new();
    for line in lines {
        let (queue, orders) = unbounded_channel();
        queues.push(queue);
        let master = Master::new(line, &setup, &broken);
        tasks.spawn(ask(master, orders, broken.clone()));
    }
    let queues: Queues = queues.into();
    while let Some(guest) = guests.recv().await {
        let port = Port::new(guest.end, setup.clock.clone(), broken.clone());
        tasks.spawn(serve(port, queues.clone(), broken.clone()));
    }
    while tasks.join_next().await.is_some() {}
}

/// One client.
async fn serve(mut port: Port, queues: Queues, broken: Mutation) {
    let mut tcp = Tcp::default();
    let gone = Arc::new(AtomicBool::new(false));
    let (answer, mut answers) = unbounded_channel();
    loop {
        // Either may be dropped without a loss.
        tokio::select! {
            event = tcp.next(&mut port) => match event {
                Event::Frame { transaction, unit, pdu } => {
                    let (gone, answer) = (gone.clone(), answer.clone());
                    route(Order { transaction, unit, pdu, gone, answer }, &queues, &broken);
                }
                Event::Damaged { .. } => {}
                Event::End => break,
            },
            Some(Answer { transaction, unit, pdu }) = answers.recv() => {
                let frame = Framing::Tcp.frame(transaction, unit, &pdu);
                if port.send(&frame).await.is_err() {
                    break;
                }
            }
        }
    }
    gone.store(true, Ordering::Relaxed);
}

fn route(mut order: Order, queues: &Queues, broken: &Mutation) {
    if broken.is("gateway.counts-transactions-itself") {
        order.transaction = 1;
    }
    if order.unit == 0 {
        return broadcast(&order, queues, broken);
    }
    let line = plant::BEHIND
        .iter()
        .position(|units| units.contains(&order.unit));
    let line = match line {
        Some(1) if broken.is("gateway.has-one-line") => Some(0),
        None if broken.is("gateway.asks-anybody") => Some(0),
        line => line,
    };
    match line.and_then(|line| queues.get(line)) {
        Some(queue) => drop(queue.send(order)),
        None if broken.is("gateway.no-path-is-no-answer") => order.refuse(NO_ANSWER),
        None => order.refuse(NO_PATH),
    }
}

/// Goes out on every line; nobody answers it.
fn broadcast(order: &Order, queues: &Queues, broken: &Mutation) {
    if broken.is("gateway.keeps-broadcasts") {
        return order.refuse(NO_PATH);
    }
    let lines = if broken.is("gateway.broadcasts-on-one-line") {
        1
    } else {
        queues.len()
    };
    for queue in queues.iter().take(lines) {
        let _ = queue.send(order.clone());
    }
}

/// One line.
async fn ask(mut master: Master, mut orders: UnboundedReceiver<Order>, broken: Mutation) {
    while let Some(order) = orders.recv().await {
        if broken.is("gateway.sends-all-at-once") {
            let mut all = vec![order];
            while let Ok(more) = orders.try_recv() {
                all.push(more);
            }
            let asked: Vec<_> = all.iter().map(|one| (one.unit, &*one.pdu)).collect();
            master.flood(&asked).await;
            all.iter().for_each(|one| one.refuse(NO_ANSWER));
            continue;
        }
        let departed = order.gone.load(Ordering::Relaxed);
        if departed && !broken.is("gateway.asks-for-the-departed") {
            continue;
        }
        match master.ask(order.unit, &order.pdu).await {
            Some(Some(mut reply)) => {
                if let [code, exception] = &mut *reply
                    && *code & 0x80 != 0
                    && broken.is("gateway.makes-its-own-exceptions")
                {
                    *exception = NO_ANSWER;
                }
                order.answer(reply);
            }
            Some(None) => {}
            None if broken.is("gateway.says-nothing-without-an-answer") => {}
            None if broken.is("gateway.no-answer-is-no-path") => order.refuse(NO_PATH),
            None => order.refuse(NO_ANSWER),
        }
    }
}
