use core::time::Duration;
use std::{vec, vec::Vec};

use super::*;
use crate::wire::com_port::{Parity, Purge};

/// A client, in time that is told.
struct End {
    client: Client,
    link: Link,
    now: Instant,
}

impl End {
    fn new(config: Config) -> Self {
        Self {
            client: Client::new(config),
            link: Link::default(),
            now: Instant::START,
        }
    }

    /// One whose server has agreed to COM-PORT and to BINARY.
    fn ready() -> Self {
        let mut end = Self::new(Config::default());
        end.hear(&[255, 253, 0, 255, 253, 44]);
        end.says();
        end
    }

    fn send(&mut self, command: Command) {
        self.client.send(self.now, command, &mut self.link).unwrap();
    }

    /// What comes of bytes, but for what Telnet has to say.
    fn hear(&mut self, bytes: &[u8]) -> Vec<Event> {
        self.link.rx.extend_from_slice(bytes);
        self.link.received = Some(self.now);
        self.tells().unwrap()
    }

    fn tells(&mut self) -> Result<Vec<Event>, Error> {
        let mut told = Vec::new();
        while let Step::Event(event) = self.client.poll(self.now, &mut self.link)? {
            if !matches!(event, Event::Telnet(_)) {
                told.push(event);
            }
        }
        Ok(told)
    }

    fn says(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.link.tx).to_vec()
    }
}

fn sub(payload: &[u8]) -> Vec<u8> {
    [&[255, 250, 44], payload, &[255, 240]].concat()
}

/// 19200 8E1.
fn even() -> Settings {
    Settings {
        baud: 19_200,
        parity: Parity::EVEN,
        ..Settings::default()
    }
}

fn configured(settings: Settings) -> Event {
    Event::Configured {
        settings,
        is_answered: true,
    }
}

const EVEN: [&[u8]; 5] = [&[1, 0, 0, 0x4B, 0], &[2, 8], &[3, 3], &[4, 1], &[5, 1]];

fn answers(commands: &[&[u8]]) -> Vec<u8> {
    let answer = |command: &&[u8]| {
        let mut answer = command.to_vec();
        answer[0] += 100;
        sub(&answer)
    };
    commands.iter().flat_map(answer).collect()
}

fn questions(commands: &[&[u8]]) -> Vec<u8> {
    commands.iter().flat_map(|command| sub(command)).collect()
}

#[test]
fn everything_is_asked_for_at_once_and_in_order() {
    let mut end = End::new(Config::default());
    end.send(Command::Configure(even()));
    assert_eq!(end.hear(b""), []);
    let said = end.says();
    assert!(said.windows(3).any(|said| said == [255, 251, 44]));
    assert!(!said.contains(&250), "nothing before the agreement");
    assert_eq!(end.hear(&[255, 253, 44]), [], "BINARY is still open");
    assert_eq!(end.hear(&[255, 253, 0]), [Event::Ready]);
    let wanted = [sub(&[10, 0x1E]), sub(&[11, 0xFB]), questions(&EVEN)].concat();
    assert_eq!(end.says(), wanted);
    assert_eq!(end.hear(&answers(&EVEN)), [configured(even())]);
    assert_eq!(end.client.settings(), even());
}

#[test]
fn a_configuration_ends_where_its_last_answer_is_however_much_comes_with_it() {
    let mut end = End::ready();
    end.send(Command::Configure(even()));
    let data = Event::Data(vec![7].into());
    assert_eq!(
        end.hear(&[answers(&EVEN), vec![7]].concat()),
        [configured(even()), data]
    );
}

#[test]
fn what_is_in_effect_is_not_asked_for_again() {
    let mut end = End::ready();
    end.send(Command::Configure(even()));
    assert_eq!(end.says(), questions(&EVEN));
    end.hear(&answers(&EVEN));
    end.send(Command::Configure(even()));
    assert_eq!(end.says(), []);
    assert_eq!(end.hear(b""), [configured(even())]);
    let odd = Settings {
        parity: Parity::ODD,
        ..even()
    };
    end.send(Command::Configure(odd));
    // While the answer is under way, the way back is asked for again.
    end.send(Command::Configure(even()));
    assert_eq!(end.says(), questions(&[&[3, 2], &[3, 3]]));
    assert_eq!(end.hear(&sub(&[103, 2])), []);
    assert_eq!(end.hear(&sub(&[103, 3])), [configured(even())]);
}

#[test]
fn a_value_that_differs_is_the_one_in_effect() {
    let mut end = End::ready();
    end.send(Command::Configure(even()));
    let told = end.hear(&answers(&[
        &[1, 0, 0, 0x25, 0x80],
        &[2, 8],
        &[3, 1],
        &[4, 1],
        &[5, 1],
    ]));
    assert_eq!(told, [configured(Settings::default())]);
}

#[test]
fn a_server_without_the_option_is_an_error_at_its_refusal() {
    let mut end = End::new(Config::default());
    end.hear(&[255, 253, 0]);
    end.link.rx.extend_from_slice(&[255, 254, 44]);
    let refused = Error::Refused { code: 44 };
    assert_eq!(end.tells(), Err(refused));
    assert_eq!(end.tells(), Err(refused), "sticky");
}

#[test]
fn a_server_that_does_not_answer_the_offer_has_not_refused_it() {
    let mut silent = End::new(Config::default());
    silent.hear(b"");
    silent.now = Instant::START + Duration::from_secs(5);
    assert_eq!(silent.tells(), Err(SILENT));
    assert_eq!(silent.tells(), Err(SILENT), "sticky");
}

#[test]
fn what_is_not_answered_is_said_again_and_then_given_up() {
    let mut end = End::ready();
    end.send(Command::Configure(even()));
    end.hear(&answers(&EVEN[..2]));
    end.says();
    for tries in 1..3 {
        end.now = Instant::START + Duration::from_secs(3 * tries);
        assert_eq!(end.tells().unwrap(), []);
        assert_eq!(end.says(), questions(&EVEN[2..]), "after {tries}");
    }
    end.hear(&sub(&[104, 1]));
    end.now = Instant::START + Duration::from_secs(9);
    let given_up = Event::Configured {
        settings: even(),
        is_answered: false,
    };
    assert_eq!(end.tells().unwrap(), [given_up]);
    // The next attempt asks for what is unknown.
    end.send(Command::Configure(even()));
    assert_eq!(end.says(), questions(&[&[3, 3]]));
}

#[test]
fn an_answer_to_an_earlier_copy_is_not_one_to_the_next_question() {
    let mut end = End::ready();
    end.send(Command::Control(Control::DTR_OFF));
    end.now = Instant::START + Duration::from_secs(3);
    end.tells().unwrap();
    assert_eq!(
        end.hear(&sub(&[105, 9])),
        [Event::Control(Control::DTR_OFF)]
    );
    end.send(Command::Control(Control::DTR_ON));
    assert_eq!(end.hear(&sub(&[105, 9])), [], "the copy's");
    assert_eq!(end.hear(&sub(&[105, 8])), [Event::Control(Control::DTR_ON)]);
}

#[test]
fn no_flow_control_is_not_waited_for_and_neither_are_masks() {
    let mut end = End::ready();
    end.send(Command::Configure(even()));
    // ser2net on a PTY: neither.
    assert_eq!(end.hear(&answers(&EVEN[..4])), [configured(even())]);
    let hardware = Settings {
        flow: Control::FLOW_HARDWARE,
        ..even()
    };
    end.send(Command::Configure(hardware));
    assert_eq!(end.hear(b""), [], "this one is");
    assert_eq!(end.hear(&sub(&[105, 3])), [configured(hardware)]);
}

#[test]
fn a_server_of_ciscos_is_asked_again_in_its_form() {
    let mut end = End::ready();
    end.send(Command::Configure(even()));
    end.says();
    // It took the first byte of four for a question.
    end.hear(&[sub(&[101, 8]), answers(&EVEN[1..])].concat());
    assert_eq!(end.says(), sub(&[1, 10]));
    assert_eq!(end.hear(&sub(&[101, 10])), [configured(even())]);
    end.send(Command::Configure(Settings {
        baud: 115_200,
        ..even()
    }));
    assert_eq!(end.says(), sub(&[1, 14]));
}

#[test]
fn notifications_come_at_any_time_and_rates_of_eight_bytes_too() {
    let mut end = End::ready();
    end.send(Command::Configure(even()));
    let mut bytes = sub(&[107, 0x31]);
    bytes.extend(sub(&[101, 0, 0, 0x4B, 0, 0, 0, 0, 0]));
    bytes.extend(sub(&[106, 0x10]));
    bytes.extend(sub(&[110, 0x1E]));
    bytes.extend(answers(&EVEN[1..]));
    let told = end.hear(&bytes);
    let wanted = vec![
        Event::ModemState(ModemState(0x31)),
        Event::LineState(LineState::BREAK),
        configured(even()),
    ];
    assert_eq!(told, wanted);
}

#[test]
fn a_suspended_client_sends_no_data() {
    let mut end = End::ready();
    assert_eq!(end.hear(&sub(&[108])), [Event::Suspended(true)]);
    let data = || Command::Data(Bytes::from_static(b"x"));
    let refused = end.client.send(end.now, data(), &mut end.link);
    assert!(matches!(refused, Err(Error::Misuse(_))));
    end.send(Command::Control(Control::BREAK_ON));
    assert_eq!(end.says(), sub(&[5, 5]), "but what it wants");
    assert_eq!(end.hear(&sub(&[109])), [Event::Suspended(false)]);
    end.send(data());
    assert_eq!(end.says(), b"x");
    for (on, code) in [(true, 8), (false, 9)] {
        end.send(Command::Suspend(on));
        assert_eq!(end.says(), sub(&[code]));
    }
}

#[test]
fn nothing_that_a_client_says_and_nothing_malformed_is_taken() {
    let mut end = End::ready();
    for payload in [&[1, 0, 0, 0, 9][..], &[8], &[102], &[108, 1], &[113], &[]] {
        assert_eq!(end.hear(&sub(payload)), [], "{payload:?}");
    }
    assert_eq!(end.hear(&sub(&[100])), []);
    assert_eq!(end.says(), sub(b"\x00Lineside"));
    let told = end.hear(&sub(b"\x64ser2net"));
    assert_eq!(told, [Event::Signature(Bytes::from_static(b"ser2net"))]);
}

#[test]
fn a_purge_and_a_break_have_their_answers_and_silence_is_told() {
    let mut end = End::ready();
    end.send(Command::Purge(Purge::BOTH));
    end.send(Command::Control(Control::BREAK_OFF));
    assert_eq!(end.says(), questions(&[&[12, 3], &[5, 6]]));
    assert_eq!(end.hear(&sub(&[112, 3])), [Event::Purged(Purge::BOTH)]);
    for seconds in [3, 6] {
        end.now = Instant::START + Duration::from_secs(seconds);
        assert_eq!(end.tells().unwrap(), []);
    }
    end.now = Instant::START + Duration::from_secs(9);
    let silent = Event::Unanswered(Message::Control(Control::BREAK_OFF));
    assert_eq!(end.tells().unwrap(), [silent]);
}

#[test]
fn after_a_failure_nothing_more_is_said() {
    let mut end = End::ready();
    let storm = [255, 253, 99].repeat(10_000);
    end.link.rx.extend_from_slice(&storm);
    let error = loop {
        match end.client.poll(end.now, &mut end.link) {
            Ok(Step::Event(_)) => {}
            Ok(step) => panic!("{step:?}"),
            Err(error) => break error,
        }
    };
    end.says();
    let sent = end
        .client
        .send(end.now, Command::Configure(even()), &mut end.link);
    assert_eq!(sent, Err(error));
    assert_eq!(end.says(), []);
}

#[test]
fn what_was_asked_for_last_is_not_undone_by_saying_it_again() {
    let mut end = End::ready();
    let wait = Config::default().answer;
    for baud in [19_200, 9_600] {
        let settings = Settings { baud, ..even() };
        end.send(Command::Configure(settings));
    }
    end.says();
    end.now = end.now + wait;
    assert_eq!(end.hear(b""), []);
    // 19200 is not said again behind 9600; the rest was asked for once.
    let last = [
        &[1, 0, 0, 0x25, 0x80][..],
        EVEN[1],
        EVEN[2],
        EVEN[3],
        EVEN[4],
    ];
    let mut said = end.says();
    for question in last.map(sub) {
        let at = said.windows(question.len()).position(|w| w == question);
        said.drain(at.unwrap()..at.unwrap() + question.len());
    }
    assert_eq!(said, []);
}

#[test]
fn a_client_that_does_not_offer_binary_does_not_wait_for_it() {
    let mut config = Config::default();
    config.telnet.offer = crate::OptionSet::NONE;
    let mut end = End::new(config);
    assert_eq!(end.hear(b""), []);
    assert!(
        end.says().starts_with(&[255, 251, 44]),
        "COM-PORT is offered"
    );
    assert_eq!(end.hear(&[255, 253, 44]), [Event::Ready]);
}

#[test]
fn a_purge_is_said_once_and_a_server_that_answers_none_is_not_waited_for_again() {
    let mut end = End::ready();
    end.send(Command::Purge(Purge::RECEIVED));
    assert_eq!(end.says(), sub(&[12, 1]));
    assert!(end.client.is_purging());
    end.now = Instant::START + Duration::from_secs(1);
    let silent = Event::Unanswered(Message::Purge(Purge::RECEIVED));
    assert_eq!(end.tells().unwrap(), [silent]);
    assert_eq!(end.says(), []);
    end.send(Command::Purge(Purge::BOTH));
    assert_eq!(end.says(), sub(&[12, 3]));
    assert!(!end.client.is_purging());
    // It was slow, and answers.
    end.hear(&sub(&[112, 1]));
    end.send(Command::Purge(Purge::BOTH));
    assert!(end.client.is_purging());
    end.hear(&sub(&[112, 3]));
    assert!(!end.client.is_purging());
}

#[test]
fn a_purge_among_many_open_questions_is_not_waited_for() {
    let mut end = End::ready();
    for _ in 0..64 {
        end.send(Command::Control(Control::DTR_REQUEST));
    }
    end.send(Command::Purge(Purge::RECEIVED));
    assert!(!end.client.is_purging());
}

#[test]
fn a_setting_behind_data_is_waited_for_until_the_data_has_left() {
    let mut end = End::ready();
    end.send(Command::Configure(Settings::default()));
    end.hear(&answers(&[
        &[1, 0, 0, 0x25, 0x80],
        &[2, 8],
        &[3, 1],
        &[4, 1],
        &[5, 1],
    ]));
    // 20 s of it, with 12 bits for each character.
    end.send(Command::Data(Bytes::from_static(&[b'x'; 16_000])));
    end.says();
    end.send(Command::Configure(even()));
    let asked = questions(&[&[1, 0, 0, 0x4B, 0], &[3, 3]]);
    assert_eq!(end.says(), asked);
    end.now = Instant::START + Duration::from_millis(22_999);
    assert_eq!((end.tells().unwrap(), end.says()), (vec![], vec![]));
    end.now = Instant::START + Duration::from_secs(23);
    end.tells().unwrap();
    assert_eq!(end.says(), asked);
    // What is thrown away takes no time.
    end.send(Command::Purge(Purge::TO_SEND));
    end.send(Command::Control(Control::DTR_OFF));
    end.says();
    end.now = Instant::START + Duration::from_secs(26);
    end.tells().unwrap();
    assert!(end.says().ends_with(&sub(&[5, 9])));
}

#[test]
fn data_before_a_command_delays_its_repeat_within_bounds() {
    let mut end = End::ready();
    // Hours at 9600 bits a second, and the line may be none that has a speed.
    end.send(Command::Data(vec![0; 10_000_000].into()));
    end.says();
    end.send(Command::Configure(even()));
    let said = end.says();
    end.now = end.now + Duration::from_secs(32);
    end.hear(b"");
    assert_eq!(end.says(), []);
    end.now = end.now + Duration::from_secs(1);
    end.hear(b"");
    assert_eq!(end.says(), said);
}
