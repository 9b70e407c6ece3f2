//! What stands in subnegotiations: the codecs by themselves, and an end with all options on.

use lineside_telnet::{
    Command, Config, OptionSet, Role, Telnet,
    options::{ClientOptions, ServerOptions, Tell, Variable},
    wire::{
        TelnetOption, encode,
        options::{
            Charset, Dialect, DisplayLocation, Environ, FlowControl, ForwardMask, Kind, Level,
            Linemode, Mode, Mtts, SlcFlags, Speed, StartTls, Status, TerminalSpeed, TerminalType,
            Triplet, WindowSize,
        },
    },
};

use super::ByByte;
use crate::{
    Dice,
    laws::{self, Bounds, Heard, Pace, Player},
};

const TYPED: [TelnetOption; 10] = [
    TelnetOption::STATUS,
    TelnetOption::TTYPE,
    TelnetOption::NAWS,
    TelnetOption::TSPEED,
    TelnetOption::LFLOW,
    TelnetOption::LINEMODE,
    TelnetOption::XDISPLOC,
    TelnetOption::OLD_ENVIRON,
    TelnetOption::NEW_ENVIRON,
    TelnetOption::CHARSET,
];

pub(in crate::targets) fn run(input: &[u8]) {
    let (data, mut dice) = Dice::of(input);
    codecs(data);
    let mut config = everything();
    config.negotiation = dice.pick([20, 600, 16_384]);
    let role = dice.pick([Role::Client, Role::Server]);
    let stream = stream(data, &mut dice);
    let bounds = Bounds {
        unread: 2 * (config.subnegotiation + 1) + 5,
        unsent: 2_000 + 16_384,
        own: 0,
    };
    let start = || ByByte::new(Telnet::new(role, config.clone()));
    let pace = Pace {
        char_time: core::time::Duration::ZERO,
        longest: usize::MAX,
    };
    let line = [Heard::Bytes(&stream)];
    laws::cuts_do_not_matter(start, bounds, &line, pace, &mut dice);
    laws::a_prefix_tells_no_other_story(start, bounds, &stream, &mut dice);
    let mut player = Player::new(start(), bounds);
    for piece in dice.cut(&stream, 40) {
        player.feed(piece);
        if dice.once_in(2) {
            // Much of it is misuse before the peer has agreed.
            let _ = player.send(Command::Tell(tell(piece, &mut dice)));
        }
        let taken = dice.below(200);
        player.take(taken);
    }
    player.pass(laws::LONG);
    player.end();
}

/// Agreements, and payloads made of the input.
fn stream(data: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut stream = Vec::new();
    for piece in dice.cut(data, 40) {
        let option = dice.pick(TYPED);
        match dice.below(5) {
            0 => stream.extend([255, 251, option.0]),
            1 => stream.extend([255, 253, option.0]),
            2 => stream.extend([255, dice.pick([252, 254]), option.0]),
            _ => encode::subnegotiation(option, piece, |bytes| stream.extend_from_slice(bytes)),
        }
    }
    stream
}

fn text(bytes: &[u8]) -> bytes::Bytes {
    bytes::Bytes::copy_from_slice(bytes)
}

/// Something to tell, made of some bytes.
fn tell(piece: &[u8], dice: &mut Dice) -> Tell {
    let byte = piece.first().copied().unwrap_or_default();
    match dice.below(8) {
        0 => Tell::Ask(dice.pick(TYPED)),
        1 => Tell::WindowSize(WindowSize {
            columns: byte.into(),
            rows: 0,
        }),
        2 => Tell::Variable(Variable {
            kind: Kind::User,
            name: text(piece),
            value: None,
        }),
        3 => Tell::Flow(FlowControl::On),
        4 => Tell::Mode(Mode(byte)),
        5 => Tell::ForwardMask(Some(ForwardMask::of(piece))),
        6 => Tell::Characters(vec![Triplet::parse([byte % 32, dice.byte(), byte])]),
        _ => Tell::Typed(text(piece)),
    }
}

/// An end that may ask and be asked for all of it.
fn everything() -> Config {
    let all = TYPED.into_iter().fold(OptionSet::NONE, OptionSet::with);
    let key = |function, value| Triplet {
        function: lineside_telnet::wire::options::Function(function),
        level: Level::Value,
        flags: SlcFlags::default(),
        is_ack: false,
        value,
    };
    let mut server = ServerOptions::default();
    server.charsets = vec![text(b"A"), text(b"B")];
    server.flow = Some(FlowControl::RestartAny);
    server.mode = Mode::EDIT;
    server.characters = vec![key(3, 3), key(10, 8)];
    let mut client = ClientOptions::default();
    client.terminal_types = vec![text(b"A"), text(b"B")];
    client.capabilities = Some(Mtts(1));
    client.window = Some(WindowSize::default());
    client.speed = Some(Speed {
        transmit: 1,
        receive: 2,
    });
    client.display = Some(text(b":0"));
    client.characters = vec![key(3, 1), key(10, 2), key(14, 3)];
    client.line = 20;
    let mut config = Config::default().with_server(server).with_client(client);
    (config.ours, config.theirs) = (all, all);
    // The peer asks: the law on events counts one for each time-out.
    (config.offer, config.ask) = (OptionSet::NONE, OptionSet::NONE);
    config
}

fn put(encode: impl FnOnce(&mut dyn FnMut(&[u8]))) -> Vec<u8> {
    let mut all = Vec::new();
    encode(&mut |piece| all.extend_from_slice(piece));
    all
}

/// What is read and written again is read as the same.
fn codecs(data: &[u8]) {
    if let Ok(read) = WindowSize::parse(data) {
        assert_eq!(read.encode(), data);
    }
    if let Ok(read) = FlowControl::parse(data) {
        assert_eq!(read.encode(), data);
    }
    if let Ok(read) = StartTls::parse(data) {
        assert_eq!(read.encode(), data);
    }
    if let Ok(read) = TerminalType::parse(data) {
        assert_eq!(put(|put| read.encode(put)), data);
    }
    if let Ok(read) = DisplayLocation::parse(data) {
        assert_eq!(put(|put| read.encode(put)), data);
    }
    if let Ok(read) = Charset::parse(data) {
        assert_eq!(put(|put| read.encode(put)), data);
    }
    if let Ok(read) = TerminalSpeed::parse(data) {
        let written = put(|put| read.encode(put));
        assert_eq!(TerminalSpeed::parse(&written), Ok(read));
    }
    if let Ok(read) = Linemode::parse(data) {
        let written = put(|put| read.encode(put));
        let again = Linemode::parse(&written).map(|again| put(|put| again.encode(put)));
        assert_eq!(again, Ok(written));
    }
    if let Ok(Status::Is(items)) = Status::parse(data) {
        assert!(items.count() <= data.len() / 2);
    }
    for dialect in [Dialect::Standard, Dialect::Reversed] {
        let Ok(Environ::Is(variables)) = Environ::parse(dialect, data) else {
            continue;
        };
        let written = put(|put| {
            put(&Environ::head(false));
            for it in variables {
                let name: Vec<u8> = it.name.collect();
                let value: Option<Vec<u8>> = it.value.map(Iterator::collect);
                Environ::variable(dialect, it.kind, &name, value.as_deref(), &mut *put);
            }
        });
        let Ok(Environ::Is(again)) = Environ::parse(dialect, &written) else {
            panic!("what was written is not read: {written:02x?}");
        };
        let texts =
            |it: lineside_telnet::wire::options::Variable<'_>| -> (Vec<u8>, Option<Vec<u8>>) {
                (it.name.collect(), it.value.map(Iterator::collect))
            };
        assert!(variables.map(texts).eq(again.map(texts)));
    }
}
