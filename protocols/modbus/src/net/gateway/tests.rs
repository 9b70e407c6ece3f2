use std::sync::Mutex;

use lineside_io::sim::run;

use super::*;
use crate::wire::Span;

/// A bus that notes who was asked, and answers with its own number and the unit's.
#[derive(Clone, Debug)]
struct Fake {
    number: u8,
    asked: Arc<Mutex<Vec<(u8, u8, Pdu)>>>,
    refuses: Option<Exception>,
}

impl Ask for Fake {
    async fn ask(&self, unit: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        self.asked
            .lock()
            .unwrap()
            .push((self.number, unit.get(), *request));
        if let Some(exception) = self.refuses {
            return Err(exception);
        }
        Ok(Pdu::new(&[3, 2, self.number, unit.get()]).unwrap())
    }
}

type Asked = Arc<Mutex<Vec<(u8, u8, Pdu)>>>;

/// Two buses: units 1 to 9 on the first, 101 to 109 as 1 to 9 on the second, 20 on the second.
fn routes(refuses: Option<Exception>) -> (Routes<Fake>, Asked) {
    let asked = Asked::default();
    let mut routes = Routes::new();
    let [one, two] = [1, 2].map(|number| {
        let asked = asked.clone();
        routes.bus(Fake {
            number,
            asked,
            refuses,
        })
    });
    routes.units(1..=9, one).unwrap();
    routes.renumbered(101..=109, two, 1).unwrap();
    routes.units(20..=20, two).unwrap();
    (routes, asked)
}

fn read() -> Pdu {
    Pdu::of(&Request::ReadHoldingRegisters(Span::new(0, 1))).unwrap()
}

fn write() -> Pdu {
    Pdu::write_multiple_registers(7, &[1, 2]).unwrap()
}

#[test]
fn a_unit_is_asked_on_its_bus_under_its_address_there() {
    run(|_| async {
        let mut gateway = Gateway::new(routes(None).0);
        for (unit, number, there) in [(1, 1, 1), (9, 1, 9), (101, 2, 1), (109, 2, 9), (20, 2, 20)] {
            let answer = gateway.call(Unit::new(unit), &read()).await.unwrap();
            assert_eq!(*answer, [3, 2, number, there]);
        }
    });
}

#[test]
fn a_unit_without_a_bus_has_no_path() {
    run(|_| async {
        let (routes, asked) = routes(None);
        let mut gateway = Gateway::new(routes);
        for unit in [10, 100, 110, 247, 248, 255] {
            let refused = gateway.call(Unit::new(unit), &read()).await;
            assert_eq!(refused, Err(Exception::GATEWAY_PATH_UNAVAILABLE));
        }
        assert!(asked.lock().unwrap().is_empty());
    });
}

#[test]
fn exceptions_pass_as_they_are() {
    run(|_| async {
        for code in 0..=255 {
            let mut gateway = Gateway::new(routes(Some(Exception(code))).0);
            let answer = gateway.call(Unit::new(1), &read()).await;
            assert_eq!(answer, Err(Exception(code)));
        }
    });
}

#[test]
fn a_broadcast_goes_to_every_bus_and_is_not_answered() {
    run(|_| async {
        for refuses in [None, Some(Exception::SERVER_DEVICE_BUSY)] {
            let (routes, asked) = routes(refuses);
            let mut gateway = Gateway::new(routes);
            let answer = gateway.call(Unit::BROADCAST, &write()).await;
            assert_eq!(answer, Ok(Pdu::EMPTY));
            let told = [(1, 0, write()), (2, 0, write())];
            assert_eq!(*asked.lock().unwrap(), told);
        }
    });
}

#[test]
fn a_broadcast_is_answered_where_that_is_wanted() {
    run(|_| async {
        let (routes, _) = routes(None);
        let mut gateway = Gateway::new(routes.answering_broadcasts());
        let answer = gateway.call(Unit::BROADCAST, &write()).await.unwrap();
        assert_eq!(*answer, [0x10, 0, 7, 0, 2]);
        let one = Request::WriteSingleRegister {
            address: 1,
            value: 2,
        };
        let one = Pdu::of(&one).unwrap();
        assert_eq!(gateway.call(Unit::BROADCAST, &one).await, Ok(one));
    });
}

#[test]
fn a_read_is_not_broadcast() {
    run(|_| async {
        let (routes, asked) = routes(None);
        let answer = Gateway::new(routes).call(Unit::BROADCAST, &read()).await;
        assert_eq!(answer, Err(Exception::GATEWAY_TARGET_FAILED));
        assert!(asked.lock().unwrap().is_empty());
    });
}

#[test]
fn routes_lead_to_units_that_can_be() {
    let (mut routes, _) = routes(None);
    let bus = BusId(0);
    for (units, first, asked, there) in [
        (240..=255, 240, 248, 248),
        (0..=3, 0, 0, 0),
        (1..=10, 240, 9, 248),
        (1..=255, 1, 248, 248),
    ] {
        let error = routes.renumbered(units, bus, first).unwrap_err();
        assert_eq!(error, NoSuchUnit { asked, there });
    }
    assert!(routes.renumbered(255..=255, bus, 1).is_ok());
}
