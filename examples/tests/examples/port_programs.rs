//! Other people's programs at a port of ours, and what the device at its line sees of them.

use core::time::Duration;
use std::{
    io::Write,
    process::{Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
};

use lineside_io::{
    Clock, Line, Listener, Net, Signals,
    sim::{NullModem, NullModemConfig, SimLine},
};
use lineside_tcp::Tcp;
use lineside_telnet::net::com_port::AccessServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{has, has_module, port_peers::until};

/// A port of 9600 baud, whose device speaks 115200: it returns what it understands in capitals.
struct Device {
    at: String,
    /// Each state that it saw of its DSR and CTS, which are the port's DTR and RTS.
    seen: Arc<Mutex<Vec<(bool, bool)>>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Device {
    fn start() -> Self {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let saw = Arc::clone(&seen);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let (near, mut far) = NullModem::pair(&Clock::tokio(), NullModemConfig::default());
                far.configure("115200 8N1".parse().unwrap()).await.unwrap();
                let at = "127.0.0.1:0".parse().unwrap();
                let listener = Tcp::default().listen(at).await.unwrap();
                tell.send(listener.local_addr().unwrap().to_string())
                    .unwrap();
                let stop = async {
                    let _ = stopped.await;
                };
                tokio::select! {
                    served = AccessServer::new(near).serve(listener, stop) => served.unwrap(),
                    () = live(far, &saw) => {}
                }
            });
        });
        Self {
            at: told.recv().unwrap(),
            seen,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Whether it saw these, in this order, whatever it saw between.
    fn saw(&self, wanted: &[(bool, bool)]) -> bool {
        let seen = self.seen.lock().unwrap();
        let mut seen = seen.iter();
        wanted
            .iter()
            .all(|wanted| seen.any(|state| state == wanted))
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(thread::JoinHandle::join);
        assert!(thread::panicking() || ended.is_some_and(|ended| ended.is_ok()));
    }
}

async fn live(mut line: SimLine, saw: &Mutex<Vec<(bool, bool)>>) {
    let note = |signals: Signals| saw.lock().unwrap().push((signals.dsr, signals.cts));
    let mut bytes = [0; 256];
    loop {
        // One of the two, whose futures would both need the line.
        let heard = core::future::poll_fn(|cx| {
            use core::{pin::Pin, task::Poll};
            if let Poll::Ready(signals) = Pin::new(&mut line).poll_signals(cx) {
                note(signals.unwrap());
            }
            core::pin::pin!(line.read(&mut bytes)).poll(cx)
        });
        let count = heard.await.unwrap();
        if count == 0 {
            return;
        }
        let answer = bytes.get(..count).unwrap().to_ascii_uppercase();
        line.write_all(&answer).await.unwrap();
    }
}

#[test]
fn esptools_pulses_of_dtr_and_rts_arrive_in_order() {
    if !has_module("esptool") {
        return;
    }
    let device = Device::start();
    let port = format!("rfc2217://{}", device.at);
    let mut esptool = Command::new("python3");
    let words = ["-m", "esptool", "--chip", "esp32", "--port", &port];
    let esptool = esptool.args(words).args(["--connect-attempts", "1"]);
    let esptool = esptool.args(["--after", "no-reset", "read-mac"]);
    let said = esptool.stdin(Stdio::null()).output().unwrap();
    // There is no chip to answer: it has tried.
    assert!(!said.status.success());
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("Connecting..."), "{said}");
    // EN low; then IO0 low and EN high; then IO0 high: the chip would be in its boot loader.
    let pulses = [(false, true), (true, false), (false, false)];
    assert!(device.saw(&pulses), "{:?}", device.seen.lock().unwrap());
}

#[test]
fn microcom_talks_through_a_port_of_ours_at_its_own_baud_rate() {
    if !has("microcom", "--version") || !has("script", "--version") {
        return;
    }
    let device = Device::start();
    // It wants a terminal.
    let microcom = format!("microcom -s 115200 -t {}", device.at);
    let mut script = Command::new("script");
    let script = script.args(["-q", "-e", "-c", &microcom, "/dev/null"]);
    let mut script = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = script.stdin.take().unwrap();
    let mut output = script.stdout.take().unwrap();
    let said = Arc::new(Mutex::new(String::new()));
    let copy = Arc::clone(&said);
    thread::spawn(move || {
        let mut some = [0; 256];
        while let Ok(count @ 1..) = std::io::Read::read(&mut output, &mut some) {
            let some = String::from_utf8_lossy(some.get(..count).unwrap()).into_owned();
            copy.lock().unwrap().push_str(&some);
        }
    });
    let has_said = |what: &str| said.lock().unwrap().contains(what);
    until(|| has_said("Escape character"));
    // What it says of itself comes before it listens: the key is pressed until it is heard.
    until(|| {
        input.write_all(b"q").unwrap();
        thread::sleep(Duration::from_millis(50));
        has_said("QQQ")
    });
    drop(input);
    let _ = script.kill();
    let _ = script.wait();
}
