//! Modem lines and flow control.

use core::time::Duration;

use lineside_io::{
    FlowControl, Line, Settings, Signals,
    sim::{NullModem, NullModemConfig, Wiring, run},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{at, pair, read_some};

const ALL_ON: Signals = Signals {
    dtr: true,
    rts: true,
    cts: true,
    dsr: true,
    dcd: true,
    ri: false,
};

fn with(flow: FlowControl) -> Settings {
    Settings {
        flow,
        ..at(115_200)
    }
}

#[test]
fn the_modem_lines_cross_over_as_in_a_full_null_modem() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        assert_eq!(a.signals().unwrap(), ALL_ON);
        for (dtr, rts) in [(false, false), (false, true), (true, false), (true, true)] {
            a.set_signals(Some(dtr), Some(rts)).unwrap();
            let at_a = a.signals().unwrap();
            assert_eq!((at_a.dtr, at_a.rts), (dtr, rts));
            assert_eq!(
                (at_a.cts, at_a.dsr, at_a.dcd),
                (true, true, true),
                "b left its own on"
            );
            let at_b = b.signals().unwrap();
            assert_eq!((at_b.cts, at_b.dsr, at_b.dcd), (rts, dtr, dtr));
            assert!(!at_b.ri && at_b.dtr && at_b.rts);
        }
        a.set_signals(None, Some(false)).unwrap();
        let at_b = b.signals().unwrap();
        assert_eq!(
            (at_b.cts, at_b.dsr),
            (false, true),
            "none leaves a line as it is"
        );
    });
}

#[test]
fn three_wires_carry_no_modem_lines_and_looped_ones_are_one_s_own() {
    run(|clock| async move {
        let wired = |wiring| NullModemConfig {
            wiring,
            ..NullModemConfig::default()
        };
        let (mut a, _b) = NullModem::pair(&clock, wired(Wiring::ThreeWire));
        let signals = a.signals().unwrap();
        assert!(!signals.cts && !signals.dsr && !signals.dcd);
        let (mut a, mut b) = NullModem::pair(&clock, wired(Wiring::Looped));
        a.set_signals(Some(true), Some(false)).unwrap();
        let signals = a.signals().unwrap();
        assert!(!signals.cts && signals.dsr && signals.dcd);
        assert!(b.signals().unwrap().cts, "b hears itself, not a");
    });
}

#[test]
fn a_change_of_an_input_wakes_who_waits_for_it_even_when_it_has_changed_back() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, at(9_600));
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move {
                let first = b.signals_changed().await.unwrap();
                let at = clock.now().as_micros();
                clock.sleep(Duration::from_millis(10)).await;
                let second = b.signals_changed().await.unwrap();
                let mut none = Box::pin(b.signals_changed());
                let limit = Duration::from_millis(1);
                assert!(clock.timeout(limit, &mut none).await.is_err());
                (at, first.dsr, second.dsr)
            }
        });
        clock.sleep(Duration::from_millis(5)).await;
        a.set_signals(Some(false), None).unwrap();
        clock.sleep(Duration::from_millis(1)).await;
        a.set_signals(Some(true), None).unwrap();
        a.set_signals(Some(false), None).unwrap();
        a.set_signals(Some(true), None).unwrap();
        assert_eq!(waiting.await.unwrap(), (5_000, false, true));
    });
}

#[test]
fn a_hang_up_drops_the_modem_lines() {
    run(|clock| async move {
        let (a, mut b) = pair(&clock, at(9_600));
        drop(a);
        let signals = b.signals_changed().await.unwrap();
        assert!(!signals.cts && !signals.dsr && !signals.dcd);
    });
}

/// A slow reader on a short queue loses nothing.
fn nothing_is_lost(flow: FlowControl) {
    run(move |clock| async move {
        let mut config = NullModemConfig::new(with(flow));
        config.b.receive_queue = 32;
        let (mut a, mut b) = NullModem::pair(&clock, config);
        // Without XON and XOFF themselves, which software flow control takes out.
        let sent: Vec<u8> = (0..20_000_u32).map(|n| 0x20 | n.to_le_bytes()[0]).collect();
        let expected = sent.clone();
        let writer = tokio::spawn(async move {
            a.write_all(&sent).await.unwrap();
            a.drain().await.unwrap();
            a
        });
        let mut all = Vec::new();
        while all.len() < expected.len() {
            clock.sleep(Duration::from_millis(1)).await;
            all.extend(read_some(&mut b).await);
            assert_eq!(b.take_mark(), None);
        }
        assert_eq!(all, expected);
        drop(writer.await.unwrap());
    });
}

#[test]
fn rts_and_cts_let_a_slow_reader_lose_nothing() {
    nothing_is_lost(FlowControl::Hardware);
}

#[test]
fn xon_and_xoff_let_a_slow_reader_lose_nothing() {
    nothing_is_lost(FlowControl::Software);
}

#[test]
fn cts_low_holds_a_writer_for_as_long_as_it_stays_low() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, with(FlowControl::Hardware));
        b.set_signals(None, Some(false)).unwrap();
        a.write_all(b"held").await.unwrap();
        let hour = Duration::from_secs(3_600);
        assert!(clock.timeout(hour, a.drain()).await.is_err());
        b.set_signals(None, Some(true)).unwrap();
        let mut four = [0; 4];
        b.read_exact(&mut four).await.unwrap();
        assert_eq!(&four, b"held");
        let sent = lineside_core::Instant::START + hour + at(115_200).time_of(4);
        assert_eq!(clock.now(), sent);
    });
}

#[test]
fn xoff_from_the_other_end_is_obeyed_and_does_not_reach_the_reader() {
    run(|clock| async move {
        let software = with(FlowControl::Software);
        let (mut a, mut b) = pair(&clock, software);
        b.configure(at(115_200)).await.unwrap();
        b.write_all(b"1\x132").await.unwrap();
        b.drain().await.unwrap();
        assert_eq!(read_some(&mut a).await, b"12");
        a.write_all(b"x").await.unwrap();
        let second = Duration::from_secs(1);
        assert!(clock.timeout(second, read_some(&mut b)).await.is_err());
        b.write_all(b"\x11").await.unwrap();
        assert_eq!(read_some(&mut b).await, b"x");
    });
}

#[test]
fn an_end_that_is_dropped_while_it_is_held_back_lets_the_other_find_the_end() {
    run(|clock| async move {
        let (mut a, mut b) = pair(&clock, with(FlowControl::Hardware));
        b.set_signals(None, Some(false)).unwrap();
        a.write_all(b"never").await.unwrap();
        drop(a);
        assert_eq!(b.read(&mut [0; 8]).await.unwrap(), 0);
    });
}
