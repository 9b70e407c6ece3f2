//! What comes of what the client says.

use bytes::BufMut;
use lineside_core::{Error, Instant, Link, Machine};

use super::{TelnetConsole, TelnetEvent};
use crate::{
    Party,
    console::{Command, terminal::Window},
    options::Told,
    wire::{self, TelnetOption},
};

/// Ctrl-C.
const ETX: u8 = 3;

/// What is left for the application.
type Left = Result<Option<TelnetEvent>, Error>;

impl TelnetConsole {
    pub(super) fn heard(&mut self, now: Instant, event: crate::Event, link: &mut Link) -> Left {
        use crate::Event as Of;
        match event {
            Of::Data(data) => {
                self.flushes = false;
                self.data.extend_from_slice(&data);
            }
            Of::Command(command) => return self.commanded(now, command, link),
            Of::TimingMark => self.marks.put(self.data.len()),
            Of::Synch => {
                let typed = core::mem::take(&mut self.data);
                self.console.look_anew();
                // An interrupt was heard when it came, but where the console hears nothing for now.
                if typed.contains(&ETX) {
                    self.data.put_u8(ETX);
                }
                self.answer_marks(typed.len(), now, link)?;
            }
            Of::Settled => self.open(),
            Of::Told(told) => return self.told(now, told, link),
            Of::Option { party, option, on } if is_ours(option) => match (party, option) {
                (Party::Us, TelnetOption::ECHO) => self.echo_changed(on),
                (Party::Peer, TelnetOption::LINEMODE) => self.echo.lines(on),
                _ => {}
            },
            Of::Refused { party, option } if is_ours(option) => {
                if (party, option) == (Party::Us, TelnetOption::ECHO) {
                    self.echo_changed(false);
                }
            }
            other => return Ok(Some(TelnetEvent::Telnet(other))),
        }
        Ok(None)
    }

    fn told(&mut self, now: Instant, told: Told, link: &mut Link) -> Left {
        match told {
            Told::WindowSize(size) => {
                let window = Window::of(size.columns, size.rows);
                self.console.resize(window, &mut self.out);
            }
            Told::TerminalType(name) => {
                self.is_called(&name);
            }
            Told::TerminalTypes {
                names,
                capabilities,
            } => self.is_named(now, &names, capabilities, link)?,
            Told::Mode(mode) => self.echo.mode(mode),
            Told::Characters(_) | Told::Forwards(_) => {}
            other => return Ok(Some(TelnetEvent::Telnet(crate::Event::Told(other)))),
        }
        Ok(None)
    }

    fn commanded(&mut self, now: Instant, command: wire::Command, link: &mut Link) -> Left {
        use wire::Command as Is;
        self.flushes |= matches!(command, Is::IP | Is::BRK | Is::ABORT | Is::AO);
        match command {
            Is::IP | Is::BRK | Is::ABORT => self.press(&[ETX]),
            Is::EC => self.press(b"\x7f"),
            // The whole line, wherever the cursor is.
            Is::EL => self.press(b"\x05\x15"),
            Is::EOF => self.press(b"\x04"),
            Is::AYT => {
                let here = Command::Notice("[Yes, here]".into());
                self.console.command(now, here, &mut self.out)?;
            }
            Is::AO => {
                self.console.abort_output(now, &mut self.out);
                self.flush(now, link)?;
                self.telnet.send(now, crate::Command::Synch, link)?;
            }
            Is::GA | Is::EOR => {}
            other => return Ok(Some(TelnetEvent::Telnet(crate::Event::Command(other)))),
        }
        Ok(None)
    }
}

impl TelnetConsole {
    /// The keys that a command stands for. Beyond what may be typed ahead commands come in a Synch alone:
    /// it takes away all but an interrupt, of which one will do.
    fn press(&mut self, keys: &[u8]) {
        if !self.has_type_ahead() || (keys == [ETX] && self.data.last() != Some(&ETX)) {
            self.data.put_slice(keys);
        }
    }
}

/// Whether an option is the console's own business.
const fn is_ours(option: TelnetOption) -> bool {
    matches!(
        option,
        TelnetOption::BINARY
            | TelnetOption::ECHO
            | TelnetOption::SGA
            | TelnetOption::NAWS
            | TelnetOption::TTYPE
            | TelnetOption::LINEMODE
    )
}
