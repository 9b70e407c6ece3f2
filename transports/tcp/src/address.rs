//! `tcp://127.0.0.1:502`, `tcp://scale.local:4001?keep-alive=30s` and `unix:/run/scale.sock`.

use core::{net::SocketAddr, time::Duration};
use std::io;

use lineside_io::{
    Listener, Net,
    address::{Address, AddressError, Params, Scheme, Schemes, Wire, acceptor, acceptor_urgent},
};

use crate::{KeepAlive, Tcp, TcpOptions, TcpStream};

/// Adds `tcp:` and, on unix, `unix:`.
#[must_use]
pub fn register(schemes: Schemes) -> Schemes {
    let schemes = schemes.with(tcp());
    #[cfg(unix)]
    let schemes = schemes.with(unix());
    schemes
}

/// TCP: `tcp://host:port`. A host name is resolved, and its addresses are tried in turn.
///
/// Its parameters are `nodelay`, `keep-alive` (`off`, or the idle time) and `connect-timeout`.
#[must_use]
pub fn tcp() -> Scheme {
    const EXAMPLES: &[&str] = &["tcp://127.0.0.1:502", "tcp://[::]:0?keep-alive=30s"];
    Scheme::new("tcp", "a TCP connection", EXAMPLES)
        .on_open(|address, _| async move {
            let net = Tcp::new(take_options(address.params())?);
            Ok(Wire::Urgent(Box::new(dial(&net, &address).await?)))
        })
        .on_listen(|address, _| async move {
            let net = Tcp::new(take_options(address.params())?);
            let listener = listen(&net, &address).await?;
            let local = Address::new("tcp").with_socket_addr(listener.local_addr()?);
            Ok(acceptor_urgent(listener, local))
        })
}

/// A Unix socket: `unix:/run/scale.sock`. Its parameter is `mode`, the permission bits of the
/// listener's file in octal.
#[cfg(unix)]
#[must_use]
pub fn unix() -> Scheme {
    use crate::Unix;

    const EXAMPLES: &[&str] = &["unix:/run/scale.sock", "unix:/run/scale.sock?mode=660"];
    Scheme::new("unix", "a Unix socket", EXAMPLES)
        .on_open(|address, _| async move {
            address.params().finish()?;
            let stream = Unix::default().dial(address.path_only()?.into()).await?;
            Ok(Wire::Stream(Box::new(stream)))
        })
        .on_listen(|address, _| async move {
            let net = Unix::new(take_unix_options(address.params())?);
            let listener = net.listen(address.path_only()?.into()).await?;
            let local = Address::new("unix").with_path(address.path());
            Ok(acceptor(listener, local))
        })
}

async fn dial(net: &Tcp, address: &Address) -> io::Result<TcpStream> {
    let mut last = None;
    for to in resolve(address).await? {
        match net.dial(to).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| no_address(address)))
}

async fn listen(net: &Tcp, address: &Address) -> io::Result<crate::TcpListener> {
    let mut last = None;
    for at in resolve(address).await? {
        match net.listen(at).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| no_address(address)))
}

/// Every address that the host has, in the resolver's order.
async fn resolve(address: &Address) -> io::Result<Vec<SocketAddr>> {
    let (host, port) = address.host_and_port_only()?;
    let found = tokio::net::lookup_host((host.as_str(), port)).await;
    let found = found.map_err(|error| io::Error::new(error.kind(), format!("{host}: {error}")))?;
    Ok(found.collect())
}

fn no_address(address: &Address) -> io::Error {
    let what = format!("{}: the host has no address", address.redacted());
    io::Error::new(io::ErrorKind::NotFound, what)
}

fn take_options(mut params: Params) -> Result<TcpOptions, AddressError> {
    let defaults = TcpOptions::default();
    let keep_alive = params.take_with("keep-alive", read_keep_alive, || {
        "off, or whole seconds of silence before the peer is asked, as in 30s".to_owned()
    })?;
    let options = TcpOptions {
        nodelay: params.take("nodelay")?.unwrap_or(defaults.nodelay),
        keep_alive: keep_alive.unwrap_or(defaults.keep_alive),
        connect_timeout: params.take("connect-timeout")?.or(defaults.connect_timeout),
        ..defaults
    };
    params.finish()?;
    Ok(options)
}

fn read_keep_alive(text: &str) -> Option<Option<KeepAlive>> {
    if text.eq_ignore_ascii_case("off") {
        return Some(None);
    }
    let seconds = text.strip_suffix('s')?.parse().ok()?;
    (1..=32_767).contains(&seconds).then(|| {
        Some(KeepAlive {
            idle: Duration::from_secs(seconds),
            ..KeepAlive::default()
        })
    })
}

#[cfg(unix)]
fn take_unix_options(mut params: Params) -> Result<crate::UnixOptions, AddressError> {
    let mode = params.take_with(
        "mode",
        |text| {
            u32::from_str_radix(text, 8)
                .ok()
                .filter(|&mode| mode <= 0o777)
        },
        || "permission bits in octal, 0 to 777, as in 660".to_owned(),
    )?;
    params.finish()?;
    Ok(crate::UnixOptions {
        mode,
        ..crate::UnixOptions::default()
    })
}

#[cfg(test)]
mod tests;
