//! A line's marks and its last stop bit.

use core::time::Duration;

use bytes::Bytes;
use lineside_core::Mark;
use lineside_io::{Driver, address::Wire, sim::run};

use crate::{
    hear,
    machine::{Command, Echo, Event},
    polled,
    script::{Script, Step},
    still,
};

fn marked() -> Script {
    Script::new([
        Step::Mark(Mark::Break),
        Step::Byte(2),
        Step::Byte(b'o'),
        Step::Mark(Mark::Parity(0x6B)),
        Step::Mark(Mark::Overrun),
        Step::Byte(b'k'),
        Step::Mark(Mark::Framing(0)),
        Step::End,
    ])
}

const HEARD: [Event; 5] = [
    Event::Mark(Mark::Break, 0),
    Event::Mark(Mark::Parity(0x6B), 2),
    Event::Mark(Mark::Overrun, 2),
    Event::Record(Bytes::from_static(b"ok")),
    Event::Mark(Mark::Framing(0), 0),
];

#[test]
fn every_mark_reaches_the_machine_in_its_place() {
    let mut driver = Driver::on_line(Echo::default(), marked(), still());
    for want in HEARD {
        assert_eq!(polled(1, driver.next()).unwrap().unwrap(), Some(want));
        let _ = driver.submit(Command::Answer(Bytes::from_static(b"!")));
    }
    assert_eq!(polled(1, driver.next()).unwrap().unwrap(), None);
}

#[test]
fn a_mark_that_comes_during_a_read_is_not_left_lying() {
    let steps = [Step::Byte(2), Step::LateMark(Mark::Break)];
    let mut driver = Driver::on_line(Echo::default(), Script::new(steps), still());
    let next = polled(1, driver.next()).unwrap().unwrap();
    assert_eq!(next, Some(Event::Mark(Mark::Break, 1)));
}

#[test]
fn nothing_is_read_past_a_mark_that_the_machine_has_not_taken() {
    let mut steps: Vec<_> = [1, b'a', 1, b'b'].map(Step::Byte).into();
    steps.extend([Step::Mark(Mark::Break), Step::Byte(7), Step::Byte(7)]);
    let mut driver = Driver::on_line(Echo::default(), Script::new(steps), still());
    for words in ["a", "b"] {
        assert_eq!(polled(1, hear(&mut driver)).unwrap(), words);
        driver.submit(Command::Taken).unwrap();
    }
    let next = polled(1, driver.next()).unwrap().unwrap();
    assert_eq!(next, Some(Event::Mark(Mark::Break, 0)));
}

#[test]
fn an_opened_wire_has_its_marks_too() {
    let wire = Wire::Line(Box::new(marked()));
    let mut driver = Driver::on_wire(Echo::default(), wire, still());
    let first = polled(1, driver.next()).unwrap().unwrap();
    assert_eq!(first, Some(Event::Mark(Mark::Break, 0)));
}

#[test]
fn sent_is_the_end_of_the_last_stop_bit() {
    run(|clock| async move {
        let line = Script::of(b"").slow(&clock, Duration::from_micros(1_042));
        let machine = Echo {
            tells_sent: true,
            ..Echo::default()
        };
        let mut driver = Driver::on_line(machine, line, clock.clone());
        driver
            .submit(Command::Say(Bytes::from_static(b"abc")))
            .unwrap();
        let Some(Event::Sent(at)) = driver.next().await.unwrap() else {
            panic!("not sent");
        };
        assert_eq!(at.as_micros(), 4 * 1_042);
        assert_eq!(clock.now(), at);
        assert_eq!(driver.last_activity(), Some(at));
        // Flushed and not asked for an event, it is told with the next one.
        driver
            .send(Command::Say(Bytes::from_static(b"d")))
            .await
            .unwrap();
        assert_eq!(clock.now().as_micros(), 6 * 1_042);
        assert_eq!(driver.next().await.unwrap(), Some(Event::Sent(clock.now())));
    });
}
