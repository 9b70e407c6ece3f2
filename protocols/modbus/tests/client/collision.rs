//! Our own echo, and what is heard in its place: F23.

use core::time::Duration;

use lineside_core::Instant;
use lineside_modbus::{
    ClientConfig, Framing, Line,
    client::{Event, Failure},
    wire::{Unit, ascii},
};

use crate::world::*;

const MS: Duration = Duration::from_millis(1);
const FIRST: [u8; 5] = read(0x11, 1);
const SECOND: [u8; 5] = read(0x22, 1);

#[test]
fn our_own_echo_is_removed() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        let mut world = two_wire(framing, serial(), |_| true);
        world.call(1, 1, &FIRST);
        echo(&mut world, framing, |_| {});
        world.run();
        assert_eq!(world.done(), [(1, ok(&[3, 2, 0, 0x11]))]);
    }
}

#[test]
fn an_echo_that_differs_is_a_collision_and_known_before_the_line_is_free() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        for at in 0..frame(framing, &FIRST).len() {
            let mut world = two_wire(framing, serial(), |_| false);
            world.call(1, 1, &FIRST);
            echo(&mut world, framing, |echo| echo[at] ^= 1);
            world.run();
            let (failed, outcome) = world.outcome(1).unwrap();
            assert_eq!(outcome, Err(Failure::Collision), "{framing:?} {at}");
            let left = world.sent[0].ended;
            assert!(failed >= left && failed <= left + T3_5, "{framing:?} {at}");
        }
    }
}

#[test]
fn nothing_is_owed_for_a_request_that_others_were_heard_in() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        for at in 1..frame(framing, &FIRST).len() {
            let mut world = two_wire(framing, serial(), |times| times > 0);
            world.call(1, 1, &FIRST);
            world.call(2, 1, &SECOND);
            echo(&mut world, framing, |echo| echo[at] ^= 1);
            // The same unit and function: what was owed would hold the second up for two seconds.
            let began = next_request(&mut world, framing);
            assert_eq!(began, world.sent[0].ended + T3_5, "{framing:?} {at}");
            assert_eq!(world.outcome(2).unwrap().1, ok(&[3, 2, 0, 0x22]));
        }
    }
}

#[test]
fn what_stands_before_a_whole_echo_does_not_make_its_response_one_to_another_request() {
    for framing in [Framing::Rtu, Framing::Ascii] {
        for late in [5, 20, 300, 900, 1_900] {
            // A character that the line's turning made: the request behind it is good, and answered.
            let mut times = 0;
            let mut world = World::new(framing, echoing(serial()), CHARACTER);
            world = world.answering(move |request| {
                times += 1;
                let first = if times == 1 { late * MS } else { 5 * MS };
                vec![(first, frame(framing, &answer(&pdu(framing, request))))]
            });
            world.call(1, 1, &FIRST);
            world.call(2, 1, &SECOND);
            echo(&mut world, framing, |echo| echo.insert(0, 0xFE));
            // The response to the first may come before the second is sent, or it never is.
            let _ = next_request(&mut world, framing);
            let second = world.outcome(2).unwrap().1;
            assert_eq!(second, ok(&[3, 2, 0, 0x22]), "{framing:?} {late} ms");
            let is_stray = |event: &Event| matches!(event, Event::Stray { .. });
            assert!(world.events.iter().any(|(_, event)| is_stray(event)));
        }
    }
}

#[test]
fn the_line_is_silent_before_the_next_request() {
    // Whoever sent, too, goes on for so many characters: Serial line 2.5.1.1, and the same for ASCII.
    for framing in [Framing::Rtu, Framing::Ascii] {
        for others in [1, 2, 7, 100] {
            let mut world = two_wire(framing, serial().retries(1), |times| times > 0);
            world.call(1, 1, &FIRST);
            echo(&mut world, framing, |echo| {
                echo[2] ^= 1;
                echo.extend((0..others).map(|_| b'U'));
            });
            let began = next_request(&mut world, framing);
            let ended = world.sent[0].ended + others * CHARACTER;
            assert_eq!(began, ended + T3_5, "{framing:?} {others}");
            assert_eq!(world.done(), [(1, ok(&[3, 2, 0, 0x11]))]);
        }
    }
}

#[test]
fn ascii_keeps_no_silence_without_a_collision() {
    let mut world = two_wire(Framing::Ascii, serial(), |_| true);
    world.call(1, 1, &FIRST);
    world.call(2, 1, &SECOND);
    echo(&mut world, Framing::Ascii, |_| {});
    let began = next_request(&mut world, Framing::Ascii);
    let answered = world.outcome(1).unwrap().0;
    assert_eq!(began, answered);
}

/// Lets the request on the wire be answered, or not, and the next one have its echo. When that began.
fn next_request(world: &mut World, framing: Framing) -> Instant {
    while world.sent.len() < 2 {
        let was_sending = world.is_sending();
        let Some(at) = world.step() else { break };
        if !was_sending && world.is_sending() && at > Instant::START {
            let request = match world.outcome(1) {
                Some(_) => SECOND,
                None => FIRST,
            };
            world.arrive(Duration::ZERO, &frame(framing, &request));
        }
    }
    world.run();
    world.sent[1].began
}

/// What was just sent, changed so, comes back as it leaves.
fn echo(world: &mut World, framing: Framing, change: impl FnOnce(&mut Vec<u8>)) {
    if framing == Framing::Rtu {
        world.run_for(T3_5);
    }
    let mut echo = frame(framing, &FIRST);
    change(&mut echo);
    world.arrive(Duration::ZERO, &echo);
}

/// A unit on two wires that answers those requests which it understands, 5 ms behind them.
fn two_wire(
    framing: Framing,
    config: ClientConfig,
    understands: impl Fn(usize) -> bool + 'static,
) -> World {
    let mut times = 0;
    World::new(framing, echoing(config), CHARACTER).answering(move |request| {
        let response = frame(framing, &answer(&pdu(framing, request)));
        let is_understood = understands(times);
        times += 1;
        let response = is_understood.then_some((5 * MS, response));
        response.into_iter().collect()
    })
}

fn echoing(config: ClientConfig) -> ClientConfig {
    let mut line = Line::default();
    line.echo = true;
    config.line(line)
}

/// A frame of unit 1.
fn frame(framing: Framing, pdu: &[u8]) -> Vec<u8> {
    if framing == Framing::Rtu {
        return rtu(1, pdu);
    }
    let mut room = [0; ascii::MAX_ADU];
    let length = ascii::encode(Unit::new(1), pdu, ascii::LF, &mut room).unwrap();
    room[..length].to_vec()
}

/// What a frame says.
fn pdu(framing: Framing, frame: &[u8]) -> Vec<u8> {
    if framing == Framing::Rtu {
        return asked(frame).1.to_vec();
    }
    let mut room = [0; 255];
    ascii::decode(frame, ascii::LF, &mut room)
        .unwrap()
        .1
        .to_vec()
}
