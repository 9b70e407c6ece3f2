//! Taps on what an address opens.

use lineside_core::Mark;
use lineside_io::{
    address::Wire,
    sim,
    tap::{
        Disturbance, FaultPlan, Hex, Odds, Rate, ThrottleLimits, disturb_wire, throttle_wire,
        watch_wire,
    },
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::line;

#[test]
fn a_tapped_wire_is_a_line_if_it_was_one() {
    sim::run(|clock| async move {
        let (near, far) = line::pair();
        let plan = FaultPlan {
            input: Disturbance {
                drop: Odds::at([0]),
                ..Disturbance::default()
            },
            ..FaultPlan::default()
        };
        let (lines, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let log = move |line: &str| lines.send(line.to_owned()).unwrap();
        let wire = throttle_wire(
            Wire::Line(Box::new(near)),
            &clock,
            ThrottleLimits::both(Rate::per_second(1_000).burst(1)),
        );
        let (wire, record) = disturb_wire(wire, &clock, plan);
        let mut wire = watch_wire(wire, Hex::new("bus", &clock, log));
        far.send(b"ab");
        far.mark(Mark::Break);
        assert_eq!(wire.read_u8().await.unwrap(), b'b');
        assert_eq!(clock.now().as_micros(), 1_000);
        assert_eq!(wire.take_mark(), Some(Mark::Break));
        assert!(wire.as_line().unwrap().capabilities().marks);
        assert_eq!(record.count(), 1);
        let mut log = vec![seen.recv().await.unwrap()];
        log.push(seen.recv().await.unwrap());
        assert!(log[0].starts_with("0.001000 bus <- 62 "), "{log:?}");
        assert_eq!(log[1], "0.001000 bus <- [break]");
    });
}

#[test]
fn a_tapped_wire_is_a_stream_if_it_was_one() {
    sim::run(|clock| async move {
        let (near, mut far) = tokio::io::duplex(64);
        let wire = Wire::Stream(Box::new(near));
        let wire = throttle_wire(wire, &clock, ThrottleLimits::default());
        let (wire, _) = disturb_wire(wire, &clock, FaultPlan::default());
        let mut wire = watch_wire(wire, Hex::new("net", &clock, |_: &str| {}));
        assert!(wire.as_line().is_none());
        wire.write_all(b"through").await.unwrap();
        far.read_exact(&mut [0; 7]).await.unwrap();
    });
}
