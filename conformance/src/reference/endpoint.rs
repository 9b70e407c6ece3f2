//! The textbook endpoint on a wire: both sides.

use core::{future::poll_fn, pin::Pin, task::Poll, time::Duration};

use lineside_io::{BoxFuture, Clock};
use tokio::{
    io::{AsyncRead, AsyncWriteExt, ReadBuf},
    sync::mpsc::UnboundedReceiver,
};

use super::{Codec, Item, Mutation, codec, com_port, modbus, telnet};
use crate::{
    dialect::Dialect,
    profile::{Modbus, Profile},
    script::{Exit, Line as Said, Report, Step},
    subject::{Guest, Setup, Subject},
    wire::{End, character},
};

/// The textbook endpoint, sound or broken.
#[derive(Clone, Debug)]
pub struct Reference {
    name: &'static str,
    broken: Mutation,
}

impl Reference {
    /// The sound one.
    #[must_use]
    pub const fn sound() -> Self {
        Self {
            name: "reference",
            broken: Mutation::none(),
        }
    }

    /// The one that is broken as `id` says.
    #[must_use]
    pub fn broken(id: &'static str) -> Self {
        Self {
            name: id,
            broken: Mutation::of(id),
        }
    }

    /// How often what is broken made a difference.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.broken.reached()
    }
}

impl Subject for Reference {
    fn name(&self) -> &str {
        self.name
    }

    fn about(&self) -> String {
        "the suite's textbook endpoint".to_owned()
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::named(self.name);
        let has = [
            Profile::ECHO,
            Profile::EXCHANGE,
            Profile::LINE,
            Profile::STREAM,
            Profile::EXACT,
            Profile::REPORTS,
            Profile::SEGMENTS,
            Modbus::PLANT,
            Modbus::FRESH,
            Modbus::CONNECTIONS,
            Modbus::GATEWAY,
            Modbus::ROLES,
        ];
        profile.capabilities.extend(has.map(str::to_owned));
        profile
            .capabilities
            .extend(telnet::has().map(str::to_owned));
        profile
            .capabilities
            .extend(com_port::has().map(str::to_owned));
        profile
            .limits
            .insert(Modbus::CONNECTIONS.to_owned(), modbus::CONNECTIONS);
        profile.modbus = Some(modbus::profile());
        profile
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        codec(dialect, 1, &Mutation::none()).is_some()
            || modbus::speaks(dialect)
            || telnet::speaks(dialect)
            || com_port::speaks(dialect)
    }

    fn server(&self, end: End, setup: Setup) -> BoxFuture<'static, ()> {
        let broken = self.broken.clone();
        if modbus::speaks(&setup.dialect) {
            return modbus::server(end, setup, broken);
        }
        if telnet::speaks(&setup.dialect) {
            return telnet::server(end, setup, broken);
        }
        if com_port::speaks(&setup.dialect) {
            return com_port::server(end, setup, broken);
        }
        Box::pin(async move {
            let Some(mut port) = Port::new(end, &setup, &broken) else {
                return;
            };
            while let Some(item) = port.next().await {
                match item {
                    Item::Record(record) => {
                        if port.send(&record).await.is_err() {
                            return;
                        }
                    }
                    Item::Damaged(_) if broken.is("endpoint.closes-on-damage") => return,
                    Item::Damaged(_) if broken.is("endpoint.answers-damage") => {
                        if port.send(b"\x15").await.is_err() {
                            return;
                        }
                    }
                    Item::Damaged(_) => {}
                }
            }
        })
    }

    fn host(
        &self,
        guests: UnboundedReceiver<Guest>,
        lines: Vec<End>,
        setup: Setup,
    ) -> BoxFuture<'static, ()> {
        if com_port::speaks(&setup.dialect) {
            return com_port::host(guests, lines, setup, self.broken.clone());
        }
        modbus::host(guests, lines, setup, self.broken.clone())
    }

    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report> {
        let broken = self.broken.clone();
        if modbus::speaks(&setup.dialect) {
            return modbus::client(end, script, setup, broken);
        }
        if telnet::speaks(&setup.dialect) {
            return telnet::client(end, script, setup, broken);
        }
        if com_port::speaks(&setup.dialect) {
            return com_port::client(end, script, setup, broken);
        }
        Box::pin(async move {
            let mut lines = Vec::new();
            let Some(mut port) = Port::new(end, &setup, &broken) else {
                let exit = Exit::Failed("no such dialect".to_owned());
                return Report { lines, exit };
            };
            for step in script {
                if let Err(error) = port.follow(step, &mut lines, &broken).await {
                    let exit = Exit::Failed(error.to_string());
                    return Report { lines, exit };
                }
            }
            Report {
                lines,
                exit: Exit::Did,
            }
        })
    }
}

/// A codec on a wire.
struct Port {
    end: End,
    codec: Box<dyn Codec>,
    clock: Clock,
    /// Silences, for a framing that has them: inside a frame at most the first, after one the second.
    gaps: Option<(Duration, Duration)>,
    found: std::collections::VecDeque<Item>,
    ended: bool,
    records: usize,
    broken: Mutation,
}

impl Port {
    fn new(end: End, setup: &Setup, broken: &Mutation) -> Option<Self> {
        let max = usize::try_from(setup.profile.limit("max-record", 256)).ok()?;
        let max = if broken.is("endpoint.limit-one-short") {
            max - 1
        } else {
            max
        };
        let character = character(&end);
        let gaps = (setup.dialect.name == "gap").then(|| {
            let tenths = if broken.is("gap.waits-too-long") {
                120
            } else if broken.is("gap.ends-too-early") {
                // A character that follows at once is 10 tenths behind, one after t1.5 25.
                20
            } else {
                35
            };
            let outer = character * tenths / 10;
            let inner = setup
                .dialect
                .get("pause")
                .and_then(|tenths| tenths.parse::<u32>().ok());
            let inner = inner.filter(|_| !broken.is("gap.allows-late-bytes"));
            (inner.map_or(outer, |tenths| character * tenths / 10), outer)
        });
        Some(Self {
            end,
            codec: codec(&setup.dialect, max, broken)?,
            clock: setup.clock.clone(),
            gaps,
            found: std::collections::VecDeque::new(),
            ended: false,
            records: 0,
            broken: broken.clone(),
        })
    }

    async fn send(&mut self, record: &[u8]) -> std::io::Result<()> {
        let frame = self.codec.encode(record);
        self.end.write_all(&frame).await?;
        self.end.flush().await
    }

    async fn follow(
        &mut self,
        step: Step,
        lines: &mut Vec<Said>,
        broken: &Mutation,
    ) -> std::io::Result<()> {
        match step {
            Step::Send(record) => self.send(&record).await,
            Step::Recv(count) => {
                let mut good = 0;
                while good < count {
                    match self.next().await {
                        Some(Item::Record(record)) => {
                            good += 1;
                            lines.push(Said::Record(record));
                        }
                        Some(Item::Damaged(_)) if broken.is("endpoint.closes-on-damage") => break,
                        Some(Item::Damaged(_)) if broken.is("endpoint.answers-damage") => {
                            lines.push(Said::Record(b"\x15".to_vec()));
                        }
                        Some(Item::Damaged(reason)) if broken.is("endpoint.reports-twice") => {
                            lines.extend([0, 1].map(|_| Said::Damaged(reason.to_owned())));
                        }
                        Some(Item::Damaged(reason)) => lines.push(Said::Damaged(reason.to_owned())),
                        None => break,
                    }
                }
                Ok(())
            }
            Step::Calls(_) | Step::Wait(_) | Step::Telnet(_) | Step::Port(_) => Err(
                std::io::Error::other("a framing sends and receives records"),
            ),
        }
    }

    async fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.found.pop_front() {
                self.records += usize::from(matches!(item, Item::Record(_)));
                if self.records >= 3 && self.broken.is("endpoint.deaf-after-three") {
                    continue;
                }
                return Some(item);
            }
            if self.ended {
                return None;
            }
            let mut found = Vec::new();
            self.read(&mut found).await;
            self.found.extend(found);
        }
    }

    async fn read(&mut self, found: &mut Vec<Item>) {
        let mut chunk = [0; 512];
        let before = self.clock.now();
        let clock = self.clock.clone();
        let read = match self.gaps {
            None => self.read_or_mark(&mut chunk).await,
            Some((_, outer)) => match clock.timeout(outer, self.read_or_mark(&mut chunk)).await {
                Ok(read) => read,
                Err(_) => return self.codec.silence(found),
            },
        };
        let Some(count) = read else {
            return self.codec.mark(found);
        };
        let late = self.gaps.is_some_and(|(inner, _)| {
            self.clock.now().since(before) > inner + character(&self.end)
        });
        if late {
            // The byte came after t1.5 and before t3.5: the frame is not a frame.
            self.codec.mark(found);
        }
        if count == 0 {
            self.codec.end(found);
            self.ended = true;
            return;
        }
        let bytes = chunk.get(..count).unwrap_or_default();
        bytes.iter().for_each(|&byte| self.codec.byte(byte, found));
        self.codec.boundary();
    }

    /// Reads once: how many bytes came, none at the end; or `None` for a mark of the line.
    async fn read_or_mark(&mut self, chunk: &mut [u8]) -> Option<usize> {
        poll_fn(|cx| {
            if self.end.take_mark().is_some() {
                return Poll::Ready(None);
            }
            let mut into = ReadBuf::new(chunk);
            let read = Pin::new(&mut self.end).poll_read(cx, &mut into);
            let count = into.filled().len();
            match read {
                Poll::Ready(read) => Poll::Ready(Some(read.map_or(0, |()| count))),
                Poll::Pending if self.end.take_mark().is_some() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}
