//! The servers that are measured.

use core::net::SocketAddr;
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
};

use lineside_io::{Clock, Net, Settings};
use lineside_serial::{Options, Tty};
use lineside_tcp::Tcp;
use lineside_telnet::net::com_port::AccessServer;

use crate::Processor;

/// Our server, in a thread of its own.
pub(crate) struct Lineside {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Lineside {
    pub(crate) fn start(port: &Path) -> (SocketAddr, Processor, Self) {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (tell, told) = mpsc::channel();
        let port = port.to_owned();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let line = Tty::open(port, Settings::default(), &Options::default()).unwrap();
                let listener = Tcp::default().listen("127.0.0.1:0".parse().unwrap()).await;
                let listener = listener.unwrap();
                let at = lineside_io::Listener::local_addr(&listener).unwrap();
                tell.send((at, Processor::of_this_thread())).unwrap();
                let server = AccessServer::new(line).clock(Clock::precise());
                let stop = async {
                    let _ = stopped.await;
                };
                server.serve(listener, stop).await.unwrap();
            });
        });
        let server = Self {
            stop: Some(stop),
            thread: Some(thread),
        };
        let (at, processor) = told.recv().unwrap();
        (at, processor, server)
    }
}

impl Drop for Lineside {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

/// Theirs, without its delay.
pub(crate) struct Ser2net(Child, PathBuf);

impl Ser2net {
    pub(crate) fn start(port: &Path) -> Option<(SocketAddr, Processor, Self)> {
        // It cannot be asked for a free port.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = free.local_addr().unwrap();
        drop(free);
        let file = std::env::temp_dir().join(format!("lineside-bench-{}.yaml", std::process::id()));
        let config = format!(
            "connection: &port\n  accepter: telnet(rfc2217=true),tcp,127.0.0.1,{}\n  \
             connector: serialdev,{},9600n81,local\n  options:\n    chardelay: false\n",
            at.port(),
            port.display()
        );
        fs::write(&file, config).unwrap();
        let mut ser2net = Command::new("ser2net");
        let ser2net = ser2net.args(["-n", "-u", "-c"]).arg(&file);
        let quiet = ser2net.stdout(Stdio::null()).stderr(Stdio::null());
        let child = quiet.spawn().ok()?;
        Some((at, Processor::of(&child), Self(child, file)))
    }
}

impl Drop for Ser2net {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = fs::remove_file(&self.1);
    }
}
