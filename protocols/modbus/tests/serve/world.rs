//! A server, and bytes by hand.

use core::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use lineside_io::{
    Clock, Listener, Net,
    sim::{MemoryNet, MemoryStream},
};
use lineside_modbus::{
    net::{Server, Service},
    wire::{Exception, Pdu, Unit},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
    task::JoinHandle,
};

pub(crate) const ANYWHERE: SocketAddr =
    SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A server on a memory network, until it is stopped or dropped.
pub(crate) struct Served {
    pub(crate) net: MemoryNet,
    pub(crate) at: SocketAddr,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn served<S: Service + Clone + 'static>(server: Server, service: S) -> Served {
    served_by(move |listener, stopped| async move {
        server
            .serve(listener, move || service.clone(), stopped)
            .await;
    })
    .await
}

pub(crate) async fn served_by<F: Future<Output = ()> + Send + 'static>(
    serve: impl FnOnce(<MemoryNet as Net>::Listener, Stopped) -> F,
) -> Served {
    let net = MemoryNet::new();
    let listener = net.listen(ANYWHERE).await.unwrap();
    let at = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped: Stopped = Box::pin(async { drop(stopped.await) });
    let task = tokio::spawn(serve(listener, stopped));
    let stop = Some(stop);
    Served {
        net,
        at,
        stop,
        task,
    }
}

pub(crate) type Stopped = core::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

impl Served {
    pub(crate) async fn client(&self) -> MemoryStream {
        self.net.dial(self.at).await.unwrap()
    }
}

/// Sends a Modbus TCP frame.
pub(crate) async fn ask(stream: &mut MemoryStream, transaction: u8, unit: u8, pdu: &[u8]) {
    let mut frame = vec![0, transaction, 0, 0, 0, pdu.len() as u8 + 1, unit];
    frame.extend(pdu);
    stream.write_all(&frame).await.unwrap();
}

/// The next Modbus TCP frame: its transaction, unit and PDU; `None` at the end.
pub(crate) async fn heard(stream: &mut MemoryStream) -> Option<(u8, u8, Vec<u8>)> {
    let mut head = [0; 7];
    stream.read_exact(&mut head).await.ok()?;
    let mut pdu = vec![0; usize::from(head[5]) - 1];
    stream.read_exact(&mut pdu).await.ok()?;
    Some((head[1], head[6], pdu))
}

/// Answers with the request after as many seconds as its last byte says, any number at once, and
/// counts what it was asked and what was dropped. 0xDD panics.
#[derive(Clone)]
pub(crate) struct Slow {
    pub(crate) clock: Clock,
    pub(crate) tally: std::sync::Arc<std::sync::Mutex<Tally>>,
    pub(crate) several: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) asked: usize,
    pub(crate) dropped: usize,
}

impl Slow {
    pub(crate) fn new(clock: &Clock, several: bool) -> Self {
        Self {
            clock: clock.clone(),
            tally: std::sync::Arc::default(),
            several,
        }
    }

    pub(crate) fn tally(&self) -> Tally {
        *self.tally.lock().unwrap()
    }
}

struct Begun<'a>(&'a Slow, bool);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.tally.lock().unwrap().dropped += 1;
        }
    }
}

impl Service for Slow {
    async fn call(&mut self, _: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        self.tally.lock().unwrap().asked += 1;
        let last = *request.last().unwrap();
        assert_ne!(last, 0xDD, "asked to");
        let mut begun = Begun(self, false);
        self.clock.sleep(u32::from(last) * SECOND).await;
        begun.1 = true;
        Ok(*request)
    }

    fn another(&self) -> Option<Self> {
        self.several.then(|| self.clone())
    }
}

/// Write Single Register of as many seconds.
pub(crate) fn seconds(seconds: u8) -> [u8; 5] {
    [6, 0, 0, 0, seconds]
}
