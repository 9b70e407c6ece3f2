//! `rfc2217://host:port?baud=19200&format=8E1`.

use core::time::Duration;
use std::{io, sync::Arc};

use lineside_io::{
    Settings, Stream,
    address::{Address, Scheme, Schemes, Wire},
};

use super::{Dial, Remote, RemoteConfig};

/// A port on an access server: `rfc2217://host:port`, opened as a line. The connection is made with the
/// scheme `via` of `below`, which for TCP is `tcp`.
///
/// The parameters are a line's settings (`baud`, `format` or `data`, `parity` and `stop`, `flow`); `dtr`
/// and `rts`, levels at the beginning; `answer`, how long to wait for one; `cisco`, baud rates in
/// Cisco's form; and `reconnect`.
///
/// ```
/// # use lineside_io::{Net, Settings, address::{Context, Schemes}, sim};
/// # use lineside_telnet::net::com_port::{AccessServer, scheme};
/// # sim::run(|clock| async move {
/// # let net = sim::MemoryNet::new();
/// # let listener = net.listen("127.0.0.1:4001".parse().unwrap()).await.unwrap();
/// # let (near, _far) = sim::NullModem::pair(&clock, sim::NullModemConfig::default());
/// # tokio::spawn(AccessServer::new(near).clock(clock.clone()).serve(listener, core::future::pending()));
/// let schemes = Schemes::new(Context::new(clock)).with(net.scheme());
/// let schemes = schemes.clone().with(scheme(schemes, "mem"));
/// let address = "rfc2217://127.0.0.1:4001?baud=19200&format=8E1".parse().unwrap();
/// let mut wire = schemes.open(&address).await.unwrap();
/// assert_eq!(wire.as_line().unwrap().settings().to_string(), "19200 8E1");
/// # use lineside_io::Line;
/// # });
/// ```
#[must_use]
pub fn scheme(below: Schemes, via: &'static str) -> Scheme {
    const EXAMPLES: &[&str] = &[
        "rfc2217://127.0.0.1:4001?baud=19200&parity=even",
        "rfc2217://ports.local:4001?baud=115200&reconnect",
    ];
    Scheme::new("rfc2217", "a serial port on an access server", EXAMPLES).on_open(
        move |address, context| {
            let below = below.clone();
            async move {
                address.host_and_port_only()?;
                let (to, settings, config, reconnect) = read(&address, via)?;
                let dial: Dial = Arc::new(move || {
                    let (below, to) = (below.clone(), to.clone());
                    Box::pin(async move {
                        let stream: Box<dyn Stream> = below.open(&to).await?.into_stream();
                        Ok(stream)
                    })
                });
                let clock = context.clock;
                let remote = if reconnect {
                    Remote::dial(dial, settings, config, clock).await?
                } else {
                    Remote::connect(dial().await?, settings, config, clock).await?
                };
                Ok(Wire::Line(Box::new(remote)))
            }
        },
    )
}

fn read(address: &Address, via: &str) -> io::Result<(Address, Settings, RemoteConfig, bool)> {
    let mut params = address.params();
    let settings = Settings::take_from(&mut params)?;
    let mut config = RemoteConfig {
        dtr: params.take("dtr")?,
        rts: params.take("rts")?,
        ..RemoteConfig::default()
    };
    if let Some(answer) = params.take::<Duration>("answer")? {
        config.client.answer = answer;
    }
    config.client.cisco = params.take("cisco")?.unwrap_or(false);
    let reconnect = params.take("reconnect")?.unwrap_or(false);
    params.finish()?;
    let to = match address.host() {
        Some(host) => Address::new(via).with_host(host.clone(), address.port()),
        None => Address::new(via),
    };
    Ok((to, settings, config, reconnect))
}
