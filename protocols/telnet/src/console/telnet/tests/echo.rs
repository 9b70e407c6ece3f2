//! Who shows and edits what is typed.

use super::*;
use crate::console::Login;

const WILL_ECHO: &[u8] = b"\xff\xfb\x01";
const WONT_ECHO: &[u8] = b"\xff\xfc\x01";
const DO_ECHO: &[u8] = b"\xff\xfd\x01";
const DONT_ECHO: &[u8] = b"\xff\xfe\x01";

fn with_login() -> ConsoleConfig {
    ConsoleConfig {
        login: Some(Login::default()),
        ..ConsoleConfig::default()
    }
}

impl Desk {
    /// What is said to these bytes, which nobody but the console has to answer.
    fn talks(&mut self, bytes: &[u8]) -> Vec<u8> {
        assert_eq!(self.hears(bytes), []);
        self.says()
    }

    fn admits(&mut self) {
        self.send(Command::Admit { level: 0 });
        self.now = self.wake(Login::default().answer);
        self.hears(b"");
    }

    fn wake(&self, after: core::time::Duration) -> Instant {
        self.now + after
    }

    /// One whose client edits lines, and agrees to what comes of that.
    fn in_linemode(config: ConsoleConfig) -> Self {
        let mut desk = Self::with(config);
        let said = desk.talks(b"\xff\xfd\x01\xff\xfd\x03\xff\xfc\x18\xff\xfb\x1f\xff\xfb\x22");
        // DO LINEMODE, MODE EDIT|TRAPSIG, and the client is to echo.
        let begins = [b"\xff\xfd\x22\xff\xfa\x22\x01\x03\xff\xf0", WONT_ECHO].concat();
        assert!(said.ends_with(&begins), "{}", said.escape_ascii());
        assert_eq!(desk.talks(b"\xff\xfa\x22\x01\x07\xff\xf0"), b"");
        assert_eq!(desk.talks(DONT_ECHO), b"");
        desk
    }
}

#[test]
fn a_client_in_linemode_edits_and_shows_its_lines() {
    let mut desk = Desk::in_linemode(ConsoleConfig::default());
    let events = desk.hears(b"log\r\n");
    assert!(matches!(
        events.as_slice(),
        [TelnetEvent::Console(Event::Run(_))]
    ));
    assert_eq!(desk.says(), b"");
    desk.send(Command::Print("output".into()));
    desk.send(Command::Done);
    assert_eq!(desk.says(), b"output\r\n> ");
    // The characters that it has are agreed to: IP VALUE 3, EOF VALUE 4.
    let slc = b"\xff\xfa\x22\x03\x03\x02\x03\x08\x02\x04\xff\xf0";
    let agreed = b"\xff\xfa\x22\x03\x03\x82\x03\x08\x82\x04\xff\xf0";
    assert_eq!(desk.talks(slc), agreed);
    // What they stand for arrives as a command: Ctrl-D ends the session.
    let events = desk.hears(b"\xff\xec");
    assert_eq!(events, [TelnetEvent::Console(Event::Logout(Reason::Exit))]);
    assert_eq!(desk.says(), b"\r\n");
}

#[test]
fn a_password_in_linemode_is_not_shown() {
    let mut desk = Desk::in_linemode(with_login());
    let said = desk.talks(b"ann\r\n");
    assert_eq!(said, [WILL_ECHO, b"password: "].concat());
    assert_eq!(desk.talks(DO_ECHO), b"");
    let events = desk.hears(b"secret\r\n");
    assert!(matches!(
        events.as_slice(),
        [TelnetEvent::Console(Event::Login(_))]
    ));
    // Its echo is the client's again, and the end of the line was ours.
    assert_eq!(desk.says(), [WONT_ECHO, b"\r\n"].concat());
    assert_eq!(desk.talks(DONT_ECHO), b"");
    desk.admits();
    assert_eq!(desk.says(), b"> ");
}

#[test]
fn a_client_that_refuses_our_echo_is_offered_it_for_a_password_alone() {
    for agrees in [true, false] {
        let mut desk = Desk::with(with_login());
        let said = desk.talks(b"\xff\xfe\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1f");
        assert_eq!(said, b"login: ");
        let said = desk.talks(b"ann\r\n");
        assert_eq!(said, [WILL_ECHO, b"password: "].concat());
        assert_eq!(desk.talks(if agrees { DO_ECHO } else { DONT_ECHO }), b"");
        assert_eq!(desk.hears(b"secret\r\n").len(), 1);
        let said = desk.says();
        // Who shows the password shows its line end too.
        let expected: &[u8] = if agrees { b"\xff\xfc\x01\r\n" } else { b"" };
        assert_eq!(said, expected, "agrees: {agrees}");
        desk.admits();
        assert_eq!(desk.says(), b"> ");
        assert_eq!(desk.hears(b"log\r\n").len(), 1);
        assert_eq!(desk.says(), b"", "it shows its lines itself");
    }
}

#[test]
fn a_key_in_linemode_is_sent_at_once_and_not_shown() {
    let mut desk = Desk::in_linemode(ConsoleConfig::default());
    desk.hears(b"\xff\xfa\x1f\x00\x50\x00\x05\xff\xf0");
    desk.runs();
    desk.send(Command::Print("1\n2\n3\n4\n5\n6".into()));
    desk.send(Command::Done);
    let (keys, lines) = (
        b"\xff\xfa\x22\x01\x02\xff\xf0",
        b"\xff\xfa\x22\x01\x03\xff\xf0",
    );
    let said = desk.says();
    let page = b"1\r\n2\r\n3\r\n4\r\n--More--";
    assert!(said.ends_with(page), "{}", said.escape_ascii());
    assert!(said.starts_with(&[WILL_ECHO, keys].concat()), "{said:?}");
    // MODE TRAPSIG|ACK.
    desk.talks(b"\xff\xfa\x22\x01\x06\xff\xf0");
    desk.talks(DO_ECHO);
    let said = desk.talks(b" ");
    assert!(said.starts_with(&[WONT_ECHO, lines].concat()), "{said:?}");
    assert!(said.ends_with(b"5\r\n6\r\n> "), "{}", said.escape_ascii());
}

#[test]
fn an_answer_to_what_is_not_asked_any_more_changes_nothing() {
    let mut desk = Desk::in_linemode(ConsoleConfig::default());
    desk.hears(b"\xff\xfa\x1f\x00\x50\x00\x05\xff\xf0");
    // A page, and its end before the client has answered: EDIT off, EDIT on.
    desk.runs();
    desk.send(Command::Print("1\n2\n3\n4\n5\n6".into()));
    desk.send(Command::Done);
    desk.hears(b" ");
    desk.says();
    assert_eq!(desk.talks(b"\xff\xfa\x22\x01\x06\xff\xf0"), b"");
    assert_eq!(desk.talks(b"\xff\xfa\x22\x01\x07\xff\xf0"), b"");
    // Lines are edited there.
    assert_eq!(desk.hears(b"log\r\n").len(), 1);
    assert_eq!(desk.says(), b"");
}

#[test]
fn a_client_that_leaves_linemode_or_its_editing_is_edited_here_again() {
    for (leaves, answered) in [
        (
            &b"\xff\xfa\x22\x01\x02\xff\xf0"[..],
            &b"\xff\xfa\x22\x01\x06\xff\xf0"[..],
        ),
        (b"\xff\xfc\x22", b"\xff\xfe\x22"),
    ] {
        let mut desk = Desk::in_linemode(ConsoleConfig::default());
        let said = desk.talks(leaves);
        assert_eq!(said, [answered, WILL_ECHO].concat(), "{leaves:?}");
        desk.talks(DO_ECHO);
        assert_eq!(desk.talks(b"lo\t"), b"log ");
    }
}

#[test]
fn a_client_may_ask_for_our_echo_later() {
    let mut desk = Desk::new();
    desk.talks(b"\xff\xfe\x01\xff\xfd\x03\xff\xfc\x18\xff\xfc\x1f");
    assert_eq!(desk.talks(b"l"), b"");
    assert_eq!(desk.talks(DO_ECHO), [WILL_ECHO, b"l"].concat());
    assert_eq!(desk.talks(b"og"), b"og");
    // And leave it.
    assert!(desk.talks(DONT_ECHO).starts_with(WONT_ECHO));
    assert_eq!(desk.talks(b"x"), b"");
}

#[test]
fn who_throws_away_what_follows_an_interrupt_gets_the_prompt_behind_the_mark() {
    let mut desk = Desk::in_linemode(ConsoleConfig::default());
    // IP and DO TIMING-MARK, as SLC_FLUSHOUT has it.
    let flush = b"\xff\xf4\xff\xfd\x06";
    assert_eq!(desk.talks(flush), b"\r\n> \xff\xfb\x06\r\n> ");
    desk.runs();
    let events = desk.hears(flush);
    assert_eq!(events, [TelnetEvent::Console(Event::Interrupt)]);
    desk.says();
    desk.send(Command::Done);
    desk.hears(b"");
    assert_eq!(desk.says(), b"> \xff\xfb\x06\r\n> ");
    // A mark alone is only answered.
    assert_eq!(desk.talks(b"\xff\xfd\x06"), b"\xff\xfb\x06");
}
