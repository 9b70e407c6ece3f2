//! The textbook server: sends data back, and says that it is there.

use super::{
    AO, AYT, ECHO, END_OF_RECORD, SGA, WILL,
    end::{End, Event},
    options::Role,
    typed::{EOR, LOGOUT},
};
use crate::{reference::Mutation, subject::Setup, wire};

pub(super) async fn run(wire: wire::End, setup: Setup, broken: Mutation) {
    let mut end = End::new(wire, Role::Server, &setup, &broken);
    let hides = broken.is("telnet.never-offers-sga") || broken.is("telnet.refuses-sga");
    if !hides {
        end.ask(WILL, SGA);
    }
    end.ask(WILL, ECHO);
    if broken.is("telnet.offers-everything") {
        for option in 30..250 {
            end.ask(WILL, option);
        }
    }
    if broken.is("telnet.greets-in-latin-1") {
        end.put(b"gr\xfc\xdf");
    }
    if broken.is("telnet.greets-with-bare-cr") {
        end.raw(b"welcome\n\ryes");
    }
    let mut echo = Echo::default();
    while let Some(event) = end.next().await {
        match event {
            Event::Data(data) => echo.back(&data, &mut end),
            Event::Command(AYT) if !broken.is("telnet.ignores-ayt") => {
                end.put(b"\n[yes]\n");
                let agreed = end.options.ours(EOR) && !broken.is("telnet.eor-never");
                if agreed || broken.is("telnet.eor-although-off") {
                    end.command(END_OF_RECORD);
                }
            }
            Event::Option(true, LOGOUT, true) if !broken.is("telnet.logout-ignored") => break,
            Event::Told(line) => end.put(format!("{line}\n").as_bytes()),
            Event::Command(AO) if !broken.is("telnet.aborts-no-output") => end.synch(),
            Event::Command(_) if broken.is("telnet.commands-end-the-wire") => return,
            Event::Command(_) => {}
            Event::Option(..) => {}
        }
    }
    // What came last is still answered.
    let _ = end.flush().await;
    if broken.is("telnet.lingers") {
        core::future::pending::<()>().await;
    }
}

/// Sends data back: on the network virtual terminal each Enter, CR LF or CR NUL, as CR LF.
#[derive(Default)]
struct Echo {
    after_cr: bool,
}

impl Echo {
    fn back(&mut self, data: &[u8], end: &mut End) {
        if end.options.theirs(super::BINARY) {
            self.after_cr = false;
            return end.put(data);
        }
        let mut text = Vec::new();
        for &byte in data {
            let behind_cr = core::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\r' => text.extend(*b"\r\n"),
                b'\n' if behind_cr => {}
                b'\n' => text.extend(*b"\r\n"),
                _ => text.push(byte),
            }
        }
        end.put(&text);
    }
}
