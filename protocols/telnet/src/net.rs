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
//!
//! What options tell comes as events of the same sessions, when their [`Config`](crate::Config) says so:
//!
//! ```
//! use lineside_telnet::{
//!     Config, Event, net::{Client, Server}, options::{ClientOptions, ServerOptions, Told},
//!     wire::options::WindowSize,
//! };
//!
//! lineside_io::sim::run(|clock| async move {
//!     let (near, far) = tokio::io::duplex(1_024);
//!     let server = Server::new(Config::default().with_server(ServerOptions::default()));
//!     let mut server = server.clock(clock.clone()).over(near);
//!
//!     let mut options = ClientOptions::default();
//!     options.terminal_types = vec!["xterm".into()];
//!     options.window = Some(WindowSize { columns: 80, rows: 24 });
//!     let client = Client::new(Config::default().with_client(options));
//!     let mut client = client.clock(clock.clone()).over(far);
//!
//!     let told = async {
//!         let (mut window, mut types) = (None, None);
//!         while window.is_none() || types.is_none() {
//!             match server.next().await.unwrap() {
//!                 Some(Event::Told(Told::WindowSize(size))) => window = Some(size),
//!                 Some(Event::Told(Told::TerminalTypes { names, .. })) => types = Some(names),
//!                 _ => {}
//!             }
//!         }
//!         (window, types)
//!     };
//!     let (window, types) = tokio::select! {
//!         told = told => told,
//!         _ = client.data() => unreachable!(),
//!     };
//!     assert_eq!(window.map(|it| it.columns), Some(80));
//!     assert_eq!(types, Some(vec!["xterm".into()]));
//! });
//! ```

mod client;
pub mod com_port;
pub mod console;
mod server;
mod session;

pub use client::Client;
pub use lineside_io::serve::{Full, Limits};
pub use server::Server;
pub use session::{Error, Session};
