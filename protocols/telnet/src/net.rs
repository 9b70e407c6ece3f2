//! Servers and clients: sessions over any stream.
//!
//! ```
//! use lineside_io::{Net, sim::MemoryNet};
//! use lineside_telnet::{Config, Event, net::{Client, Server}};
//!
//! lineside_io::sim::run(|clock| async move {
//!     let net = MemoryNet::new();
//!     let at = "127.0.0.1:23".parse().unwrap();
//!     let listener = net.listen(at).await.unwrap();
//!     let server = Server::new(Config::default()).clock(clock.clone());
//!     let serving = server.serve(listener, |mut session| async move {
//!         while let Ok(Some(event)) = session.next().await {
//!             if let Event::Data(data) = event {
//!                 session.write(data).await.unwrap();
//!             }
//!         }
//!     }, core::future::pending());
//!
//!     let client = async {
//!         let client = Client::new(Config::default()).clock(clock.clone());
//!         let mut session = client.connect(&net, at).await.unwrap();
//!         session.write("hello\n").await.unwrap();
//!         assert_eq!(session.data().await.unwrap(), Some("hello\r\n".into()));
//!     };
//!     tokio::select! { () = serving => unreachable!(), () = client => {} }
//! });
//! ```

mod client;
pub mod com_port;
mod server;
mod session;

pub use client::Client;
pub use lineside_io::serve::{Full, Limits};
pub use server::Server;
pub use session::{Error, Session};
