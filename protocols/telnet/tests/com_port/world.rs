//! A port, its server, and the device at the other end of the line.

use core::{future::pending, net::SocketAddr};

use lineside_io::{
    Clock, Net, Settings,
    sim::{MemoryNet, MemoryStream, NullModem, NullModemConfig, SimLine},
};
use lineside_telnet::net::com_port::{AccessConfig, AccessServer, Remote, RemoteConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) net: MemoryNet,
    pub(crate) at: SocketAddr,
    /// The other end of the served line.
    pub(crate) device: SimLine,
}

impl World {
    /// A server with this configuration, in front of a line of 9600 8N1.
    pub(crate) async fn new(clock: Clock, config: AccessConfig) -> Self {
        Self::with(clock, config, NullModemConfig::default()).await
    }

    pub(crate) async fn with(clock: Clock, config: AccessConfig, modem: NullModemConfig) -> Self {
        Self::over(MemoryNet::new(), clock, config, modem).await
    }

    pub(crate) async fn over(
        net: MemoryNet,
        clock: Clock,
        config: AccessConfig,
        modem: NullModemConfig,
    ) -> Self {
        let (near, device) = NullModem::pair(&clock, modem);
        let at = "127.0.0.1:2217".parse().unwrap();
        let listener = net.listen(at).await.unwrap();
        let server = AccessServer::new(near).config(config).clock(clock.clone());
        tokio::spawn(server.serve(listener, pending()));
        Self {
            clock,
            net,
            at,
            device,
        }
    }

    pub(crate) async fn dial(&self) -> MemoryStream {
        self.net.dial(self.at).await.unwrap()
    }

    pub(crate) async fn remote(&self, settings: Settings) -> Remote {
        let stream = Box::new(self.dial().await);
        let config = RemoteConfig::default();
        Remote::connect(stream, settings, config, self.clock.clone())
            .await
            .unwrap()
    }

    /// A client that has agreed on COM-PORT and BINARY, of bytes that are written here by hand; CTS, DSR
    /// and DCD are on.
    pub(crate) async fn by_hand(&self) -> ByHand {
        self.by_hand_at(0xB0).await
    }

    /// The same where the modem lines are these.
    pub(crate) async fn by_hand_at(&self, inputs: u8) -> ByHand {
        let mut hand = ByHand(self.dial().await);
        hand.say(&[255, 251, 44, 255, 253, 0, 255, 251, 0]).await;
        // WILL BINARY, WILL SGA, DO BINARY, DO SGA, DO COM-PORT, and the modem lines.
        let offers = [
            255, 251, 0, 255, 251, 3, 255, 253, 0, 255, 253, 3, 255, 253, 44,
        ];
        hand.expect(&offers).await;
        hand.expect(&sub(&[107, inputs])).await;
        hand
    }
}

/// A client of bytes.
pub(crate) struct ByHand(pub(crate) MemoryStream);

impl ByHand {
    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    #[track_caller]
    pub(crate) fn expect(&mut self, bytes: &[u8]) -> impl Future<Output = ()> {
        let wanted = bytes.to_vec();
        async move {
            let mut heard = vec![0; wanted.len()];
            self.0.read_exact(&mut heard).await.unwrap();
            assert_eq!(heard, wanted);
        }
    }
}

/// `IAC SB COM-PORT payload IAC SE`, the payload without escapes.
pub(crate) fn sub(payload: &[u8]) -> Vec<u8> {
    [&[255, 250, 44], payload, &[255, 240]].concat()
}

pub(crate) async fn read(line: &mut SimLine, count: usize) -> Vec<u8> {
    let mut heard = vec![0; count];
    line.read_exact(&mut heard).await.unwrap();
    heard
}

/// A configuration with one thing changed.
pub(crate) fn with(change: impl FnOnce(&mut AccessConfig)) -> AccessConfig {
    let mut config = AccessConfig::default();
    change(&mut config);
    config
}
