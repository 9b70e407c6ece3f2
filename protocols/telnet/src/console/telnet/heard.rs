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
                // An interrupt among it was heard when it came.
                let taken = core::mem::take(&mut self.data).len();
                self.answer_marks(taken, now, link)?;
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
            Is::IP | Is::BRK | Is::ABORT => self.data.put_u8(3),
            Is::EC => self.data.put_u8(0x7f),
            // The whole line, wherever the cursor is.
            Is::EL => self.data.put_slice(b"\x05\x15"),
            Is::EOF => self.data.put_u8(4),
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
