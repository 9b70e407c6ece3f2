use super::*;
use crate::wire::{Bits, Words};

const UNIT: Unit = Unit::new(7);

fn pdu(request: &Request<'_>) -> crate::wire::Pdu {
    crate::wire::Pdu::of(request).unwrap()
}

/// Whether a role with `right` alone may do `request`.
fn may(right: Right, request: &Request<'_>) -> bool {
    let rights = Rights::default().allow("role", right);
    rights.allows(&Role::new("role"), UNIT, &pdu(request))
}

fn read(address: u16, quantity: u16) -> Request<'static> {
    Request::ReadHoldingRegisters(Span::new(address, quantity))
}

#[test]
fn nobody_may_do_anything_until_it_is_allowed() {
    let rights = Rights::default().allow("operator", Right::default());
    let read = pdu(&read(0, 1));
    assert!(rights.allows(&Role::new("operator"), UNIT, &read));
    assert!(!rights.allows(&Role::new("Operator"), UNIT, &read));
    assert!(!rights.allows(&Role::new(""), UNIT, &read));
    assert!(!rights.allows(&Role::NULL, UNIT, &read));
}

#[test]
fn a_right_is_for_functions_and_units() {
    let right = Right::default().functions([3, 0x41]).units(5..=7);
    let rights = Rights::default().allow("role", right);
    let role = Role::new("role");
    assert!(rights.allows(&role, Unit::new(5), &pdu(&read(0, 1))));
    assert!(rights.allows(&role, Unit::new(7), &[0x41, 1, 2]));
    assert!(!rights.allows(&role, Unit::new(8), &pdu(&read(0, 1))));
    assert!(!rights.allows(&role, Unit::BROADCAST, &pdu(&read(0, 1))));
    assert!(!rights.allows(&role, UNIT, &[0x42]));
    assert!(!rights.allows(&role, UNIT, &[]));
}

#[test]
fn every_element_asked_for_must_be_allowed() {
    let right = Right::default().elements(Table::HoldingRegisters, 100..=199);
    for (address, quantity, allowed) in [
        (100, 100, true),
        (199, 1, true),
        (99, 2, false),
        (199, 2, false),
        (200, 1, false),
    ] {
        assert_eq!(
            may(right.clone(), &read(address, quantity)),
            allowed,
            "{address} {quantity}"
        );
    }
    let inputs = Request::ReadInputRegisters(Span::new(100, 1));
    assert!(!may(right.clone(), &inputs));
    assert!(may(right.clone(), &Request::ReadFifoQueue { address: 150 }));
    // What is not about elements is not allowed by a right to elements.
    assert!(!may(right, &Request::ReportServerId));
    let last = Right::default().elements(Table::HoldingRegisters, 65_535..=65_535);
    assert!(may(last, &read(65_535, 1)));
}

#[test]
fn reading_and_writing_are_two_rights() {
    let of = |kind| Right::default().only(kind);
    let bits = Bits::new(&[1], 1).unwrap();
    let words = Words::new(&[0, 1]).unwrap();
    let reads = [
        Request::ReadCoils(Span::new(0, 1)),
        Request::ReadDiscreteInputs(Span::new(0, 1)),
        Request::ReportServerId,
        Request::Diagnostics {
            sub: SubFunction(0x0B),
            data: &[0, 0],
        },
    ];
    let writes = [
        Request::WriteSingleCoil {
            address: 0,
            on: true,
        },
        Request::WriteMultipleCoils {
            address: 0,
            values: bits,
        },
        Request::WriteMultipleRegisters {
            address: 0,
            values: words,
        },
        Request::MaskWriteRegister {
            address: 0,
            and: 0,
            or: 0,
        },
        Request::Diagnostics {
            sub: SubFunction(0x01),
            data: &[0, 0],
        },
        Request::CanOpen(&[1]),
        Request::Custom {
            function: 0x41,
            data: &[],
        },
    ];
    for request in &reads {
        assert!(
            may(of(Kind::Read), request) && !may(of(Kind::Write), request),
            "{request:?}"
        );
    }
    for request in &writes {
        assert!(
            may(of(Kind::Write), request) && !may(of(Kind::Read), request),
            "{request:?}"
        );
    }
}

#[test]
fn a_read_and_write_at_once_needs_both() {
    let values = Words::new(&[0, 1]).unwrap();
    let both = Request::ReadWriteMultipleRegisters {
        read: Span::new(0, 1),
        address: 9,
        values,
    };
    let of = |kind, address| {
        let right = Right::default().only(kind);
        right.elements(Table::HoldingRegisters, address..=address)
    };
    let (reads, writes) = (of(Kind::Read, 0), of(Kind::Write, 9));
    assert!(!may(reads.clone(), &both) && !may(writes.clone(), &both));
    let rights = Rights::default().allow("role", reads).allow("role", writes);
    assert!(rights.allows(&Role::new("role"), UNIT, &pdu(&both)));
    let swapped = Rights::default()
        .allow("role", of(Kind::Read, 9))
        .allow("role", of(Kind::Write, 0));
    assert!(!swapped.allows(&Role::new("role"), UNIT, &pdu(&both)));
}

#[test]
fn what_does_not_parse_needs_the_right_to_its_function() {
    let right = Right::default().functions([3]);
    let right = right.elements(Table::HoldingRegisters, 0..=9);
    let rights = Rights::default().allow("role", right);
    assert!(rights.allows(&Role::new("role"), UNIT, &[3, 0]));
    assert!(!rights.allows(&Role::new("role"), UNIT, &[4, 0]));
    assert!(!rights.allows(&Role::NULL, UNIT, &[3, 0]));
}

/// Which of 03, 08, 0B and 0C are left of `config` to a role with `right` alone.
fn confined(right: Right, config: &ServerConfig) -> Vec<u8> {
    let rights = Rights::default().allow("role", right);
    let confined = rights.confine(&Role::new("role"), config);
    let functions = [3, 8, 0x0B, 0x0C].into_iter();
    functions
        .filter(|code| confined.functions.contains(*code))
        .collect()
}

#[test]
fn the_machine_s_functions_are_for_whoever_may_use_all_of_them() {
    let config = ServerConfig::default();
    let right = Right::default;
    assert_eq!(confined(right(), &config), [3, 8, 0x0B, 0x0C]);
    assert_eq!(confined(right().functions([8, 0x0C]), &config), [8, 0x0C]);
    // Counters and logs only tell; Diagnostics do both.
    let all = [3, 8, 0x0B, 0x0C];
    assert_eq!(confined(right().only(Kind::Read), &config), all);
    assert_eq!(confined(right().only(Kind::Write), &config), [3, 8]);
    let elements = right().elements(Table::HoldingRegisters, 0..=u16::MAX);
    assert_eq!(confined(elements, &config), [3]);
    // What is configured away stays away.
    let config = config.functions(Functions::ALL.without(0x0B));
    assert_eq!(confined(right(), &config), [3, 8, 0x0C]);
}

/// The sub-functions of Diagnostics that are left to a role with `right` alone.
fn confined_subs(right: Right, config: &ServerConfig) -> Vec<u16> {
    let rights = Rights::default().allow("role", right);
    let confined = rights.confine(&Role::new("role"), config);
    assert_eq!(
        confined.functions.contains(8),
        confined.sub_functions != SubFunctions::NONE
    );
    confined.sub_functions.iter().map(|sub| sub.0).collect()
}

#[test]
fn of_diagnostics_a_role_has_the_sub_functions_that_it_may_use() {
    let config = ServerConfig::default();
    let right = || Right::default().functions([8]);
    assert_eq!(
        confined_subs(right().only(Kind::Read), &config),
        [0x00, 0x02, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12]
    );
    assert_eq!(
        confined_subs(right().only(Kind::Write), &config),
        [0x01, 0x03, 0x04, 0x0A, 0x14]
    );
    let named = || right().sub_functions([SubFunction::CLEAR_COUNTERS, SubFunction::BUS_MESSAGES]);
    assert_eq!(confined_subs(named(), &config), [0x0A, 0x0B]);
    assert_eq!(confined_subs(named().only(Kind::Read), &config), [0x0B]);
    // A right to some units is none to what the machine answers for all.
    assert_eq!(confined_subs(named().units(1..=1), &config), []);
    let elements = right().elements(Table::Coils, 0..=u16::MAX);
    assert_eq!(confined_subs(elements, &config), []);
    // What is configured away stays away.
    let config = config.sub_functions([SubFunction::CLEAR_COUNTERS].into_iter().collect());
    assert_eq!(confined_subs(named(), &config), [0x0A]);
}

#[test]
fn sub_functions_that_are_named_say_nothing_of_other_functions() {
    let right = || Right::default().sub_functions([SubFunction::RETURN_QUERY_DATA]);
    let ask = |sub| Request::Diagnostics { sub, data: &[0, 0] };
    assert!(may(right(), &ask(SubFunction::RETURN_QUERY_DATA)));
    assert!(!may(right(), &ask(SubFunction::FORCE_LISTEN_ONLY)));
    assert!(may(right(), &read(0, 1)));
}

#[test]
fn the_machine_s_functions_need_the_right_to_every_unit() {
    let one = || Right::default().units(1..=1);
    let config = ServerConfig::default();
    // The units 0 and 255 are the device, too.
    assert_eq!(confined(one(), &config), [3]);
    let all = one().units(0..=0).units(255..=255);
    assert_eq!(confined(all, &config), [3, 8, 0x0B, 0x0C]);
    let config = config.direct(false);
    assert_eq!(confined(one(), &config), [3, 8, 0x0B, 0x0C]);
    let everyone = config.clone().broadcasts_over_tcp(true);
    assert_eq!(confined(one(), &everyone), [3]);
    let two = config.units([1, 2].map(Unit::new).into_iter().collect());
    assert_eq!(confined(one(), &two), [3]);
}

#[test]
fn what_is_passed_to_a_gateway_is_judged_there() {
    let config = ServerConfig::default().diagnostics(Diagnostics::Pass);
    let right = Right::default().functions([8]).only(Kind::Read);
    assert_eq!(confined(right, &config), [8]);
    let confined = Rights::default().confine(&Role::NULL, &config);
    assert_eq!(confined.functions, Functions::NONE);
    assert_eq!(confined.diagnostics, Diagnostics::Pass);
}

#[cfg(feature = "serde")]
#[test]
fn the_table_is_read_from_toml() {
    let text = r#"
        [[operator]]
        kind = "read"

        [[operator]]
        functions = [6, 16]
        units = [{ first = 1, last = 10 }]
        elements = [{ table = "holding", first = 100, last = 199 }]

        [[operator]]
        functions = [8]
        sub-functions = [0x0A]

        [[engineer]]
    "#;
    let rights: Rights = toml::from_str(text).unwrap();
    let set = |address| pdu(&Request::WriteSingleRegister { address, value: 1 });
    let operator = Role::new("operator");
    assert!(rights.allows(&operator, UNIT, &pdu(&read(0, 1))));
    assert!(rights.allows(&operator, UNIT, &set(100)));
    assert!(!rights.allows(&operator, UNIT, &set(99)));
    assert!(rights.allows(&Role::new("engineer"), UNIT, &set(99)));
    assert!(rights.allows(&operator, UNIT, &[8, 0, 0x0A, 0, 0]));
    assert!(!rights.allows(&operator, UNIT, &[8, 0, 0x04, 0, 0]));
    assert_eq!(
        toml::from_str(&toml::to_string(&rights).unwrap()),
        Ok(rights)
    );
    assert!(toml::from_str::<Rights>("[[operator]]\nfunction = [3]").is_err());
}
