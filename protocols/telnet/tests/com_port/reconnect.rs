//! A remote port whose server goes away and comes back, and the address that opens one.

use core::{future::pending, time::Duration};
use std::{io, sync::Arc};

use lineside_io::{
    Line, Net, Settings, Stream,
    address::{Context, Schemes},
    sim::{self, MemoryNet, NullModem, NullModemConfig},
};
use lineside_telnet::net::com_port::{
    AccessServer, Dial, Remote, RemoteConfig, RemoteEvent, scheme,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::read;

#[test]
fn a_port_that_comes_back_has_its_settings_again() {
    sim::run(|clock| async move {
        let net = MemoryNet::new();
        let at = "127.0.0.1:2217".parse().unwrap();
        let serve = async |clock: &lineside_io::Clock, net: &MemoryNet| {
            let (near, device) = NullModem::pair(clock, NullModemConfig::default());
            let listener = net.listen(at).await.unwrap();
            let server = AccessServer::new(near).clock(clock.clone());
            (tokio::spawn(server.serve(listener, pending())), device)
        };
        let (first, _device) = serve(&clock, &net).await;
        let dialled = net.clone();
        let dial: Dial = Arc::new(move || {
            let net = dialled.clone();
            Box::pin(async move {
                let stream: Box<dyn Stream> = Box::new(net.dial(at).await?);
                Ok(stream)
            })
        });
        let even: Settings = "19200 8E1".parse().unwrap();
        let config = RemoteConfig::default();
        let mut port = Remote::dial(dial, even, config, clock.clone())
            .await
            .unwrap();
        port.set_signals(Some(false), None).unwrap();
        clock.sleep(Duration::from_millis(1)).await;

        first.abort();
        let lost = port.read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(port.take_event(), Some(RemoteEvent::Lost), "{lost}");
        assert!(!port.is_up());
        let away = port.set_break(true).unwrap_err();
        assert_eq!(away.kind(), io::ErrorKind::NotConnected);

        let back = async {
            clock.sleep(Duration::from_secs(1)).await;
            let (serving, mut device) = serve(&clock, &net).await;
            device.configure(even).await.unwrap();
            assert_eq!(read(&mut device, 4).await, b"back");
            device.write_all(b"here").await.unwrap();
            assert!(!device.signals().unwrap().dsr, "DTR is off again");
            (serving, device)
        };
        let using = async {
            port.write_all(b"back").await.unwrap();
            let mut heard = [0; 4];
            port.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"here");
            assert_eq!(port.settings(), even);
            // After 100, 200, 400 and 800 ms.
            let told = port.take_event();
            let Some(RemoteEvent::Reconnected { attempts: 4, .. }) = told else {
                panic!("{told:?}");
            };
        };
        tokio::join!(back, using);
    });
}

#[test]
fn an_address_opens_a_port() {
    sim::run(|clock| async move {
        let net = MemoryNet::new();
        let (near, mut device) = NullModem::pair(&clock, NullModemConfig::default());
        let at = "127.0.0.1:4001".parse().unwrap();
        let listener = net.listen(at).await.unwrap();
        let server = AccessServer::new(near).clock(clock.clone());
        tokio::spawn(server.serve(listener, pending()));
        let schemes = Schemes::new(Context::new(clock.clone())).with(net.scheme());
        let schemes = schemes.clone().with(scheme(schemes, "mem"));
        let address = "rfc2217://127.0.0.1:4001?baud=1200&dtr=off"
            .parse()
            .unwrap();
        let mut wire = schemes.open(&address).await.unwrap();
        assert_eq!(wire.as_line().unwrap().settings().to_string(), "1200 8N1");
        clock.sleep(Duration::from_millis(1)).await;
        assert!(!device.signals().unwrap().dsr);
        for wrong in [
            "rfc2217://127.0.0.1:4001?speed=1200",
            "rfc2217://127.0.0.1:4001/dev",
            "rfc2217:4001",
        ] {
            let error = schemes.open(&wrong.parse().unwrap()).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{wrong}");
        }
    });
}
