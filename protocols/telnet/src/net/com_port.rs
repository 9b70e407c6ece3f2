//! Serial ports on the network (RFC 2217): [`AccessServer`] shares a line, [`Remote`] is one.
//!
//! ```
//! use lineside_io::{Line, Net, Settings, sim::{MemoryNet, NullModem, NullModemConfig, run}};
//! use lineside_telnet::net::com_port::{AccessServer, Remote, RemoteConfig};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! run(|clock| async move {
//!     let (net, at) = (MemoryNet::new(), "127.0.0.1:2217".parse().unwrap());
//!     let (near, mut device) = NullModem::pair(&clock, NullModemConfig::default());
//!     let listener = net.listen(at).await.unwrap();
//!     let server = AccessServer::new(near).clock(clock.clone());
//!     tokio::spawn(server.serve(listener, core::future::pending()));
//!
//!     let fast = Settings { baud: 115_200, ..Settings::default() };
//!     device.configure(fast).await.unwrap();
//!     let stream = Box::new(net.dial(at).await.unwrap());
//!     let mut port = Remote::connect(stream, fast, RemoteConfig::default(), clock).await.unwrap();
//!     port.write_all(b"weigh").await.unwrap();
//!     let mut heard = [0; 5];
//!     device.read_exact(&mut heard).await.unwrap();
//!     assert_eq!(&heard, b"weigh");
//! });
//! ```

mod access;
mod remote;
mod scheme;
mod settings;

pub use access::{AccessConfig, AccessServer, Leave, Second, Speaks};
pub use remote::{Backoff, Dial, Remote, RemoteConfig, RemoteEvent};
pub use scheme::scheme;
pub use settings::{from_line, to_line};
