extern crate std;
use std::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::*;

#[test]
fn a_32_bit_value_stands_in_the_order_that_its_word_says() {
    let stands = |order: Order| {
        let mut registers = [0; 2];
        0xAABB_CCDD_u32.write(&mut registers, order).unwrap();
        registers
    };
    assert_eq!(stands(Order::Abcd), [0xAABB, 0xCCDD]);
    assert_eq!(stands(Order::Cdab), [0xCCDD, 0xAABB]);
    assert_eq!(stands(Order::Badc), [0xBBAA, 0xDDCC]);
    assert_eq!(stands(Order::Dcba), [0xDDCC, 0xBBAA]);
}

#[test]
fn longer_and_shorter_values_follow_the_same_rules() {
    let value = 0x0102_0304_0506_0708_u64;
    let stands = |order: Order| {
        let mut registers = [0; 4];
        value.write(&mut registers, order).unwrap();
        registers
    };
    assert_eq!(stands(Order::Abcd), [0x0102, 0x0304, 0x0506, 0x0708]);
    assert_eq!(stands(Order::Cdab), [0x0708, 0x0506, 0x0304, 0x0102]);
    assert_eq!(stands(Order::Badc), [0x0201, 0x0403, 0x0605, 0x0807]);
    assert_eq!(stands(Order::Dcba), [0x0807, 0x0605, 0x0403, 0x0201]);
    assert_eq!(u16::read([0x1234], Order::Cdab), Some(0x1234));
    assert_eq!(u16::read([0x1234], Order::Dcba), Some(0x3412));
}

#[test]
fn every_type_comes_back_in_every_order() {
    let numbers: [Number; 12] = [
        0xFEDC_u16.into(),
        (-2_i16).into(),
        0xFEDC_BA98_u32.into(),
        (-3_i32).into(),
        u64::MAX.into(),
        i64::MIN.into(),
        (-1.5_f32).into(),
        f32::MIN_POSITIVE.into(),
        f64::MAX.into(),
        f64::NEG_INFINITY.into(),
        0_u16.into(),
        (-0.0_f64).into(),
    ];
    for number in numbers {
        for order in Order::ALL {
            let mut registers = [0x5555; 5];
            let taken = number.write(&mut registers, order).unwrap();
            assert_eq!(taken, number.kind().registers());
            let rest = &registers[usize::from(taken)..];
            assert!(rest.iter().all(|&word| word == 0x5555));
            assert_eq!(Number::read(number.kind(), registers, order), Some(number));
            let few = registers.into_iter().take(usize::from(taken) - 1);
            assert_eq!(Number::read(number.kind(), few, order), None);
            let mut few = [7; 4];
            assert_eq!(
                number.write(&mut few[..usize::from(taken) - 1], order),
                None
            );
            assert_eq!(few, [7; 4]);
        }
    }
}

#[test]
fn floats_keep_every_bit_of_a_number_that_is_none() {
    let signalling = 0x7FA0_1234_u32;
    let mut registers = [0; 2];
    f32::from_bits(signalling)
        .write(&mut registers, Order::Cdab)
        .unwrap();
    assert_eq!(registers, [0x1234, 0x7FA0]);
    let back = f32::read(registers, Order::Cdab).unwrap();
    assert_eq!(back.to_bits(), signalling);
}

#[test]
fn text_is_two_bytes_to_a_register() {
    let mut registers = [0xFFFF; 3];
    Text("Lines").write(&mut registers, Order::Abcd).unwrap();
    assert_eq!(registers, [0x4C69, 0x6E65, 0x7300]);
    let bytes = |order| text(registers, order).map(char::from).collect::<String>();
    assert_eq!(bytes(Order::Abcd), "Lines\0");
    assert_eq!(bytes(Order::Cdab), "Lines\0");
    assert_eq!(bytes(Order::Badc), "iLen\0s");
    Text("Li").write(&mut registers, Order::Dcba).unwrap();
    assert_eq!(registers, [0x694C, 0, 0]);
    assert_eq!(Text("Lineside").write(&mut registers, Order::Abcd), None);
    assert_eq!(registers, [0x694C, 0, 0]);
}

#[test]
fn names_are_read_as_they_are_written() {
    let texts = [Type::Text(1), Type::Text(16), Type::Text(u16::MAX)];
    for kind in Type::NUMBERS.into_iter().chain(texts) {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    for word in [
        "",
        "u8",
        "U16",
        "text",
        "text:",
        "text:0",
        "text:65536",
        "f32 ",
    ] {
        assert_eq!(word.parse::<Type>(), Err(Unknown::Type), "{word}");
    }
    for order in Order::ALL {
        assert_eq!(order.to_string().parse(), Ok(order));
        assert_eq!(order.to_string().to_uppercase().parse(), Ok(order));
    }
    let aliases: Vec<Order> = ["big", "word-swap", "byte-swap", "little"]
        .map(|word| word.parse().unwrap())
        .into();
    assert_eq!(aliases, Order::ALL);
    assert_eq!("abdc".parse::<Order>(), Err(Unknown::Order));
    assert_eq!(Type::Text(5).registers(), 3);
}

#[test]
fn numbers_are_read_as_they_are_printed() {
    for (kind, word) in [
        (Type::U16, "65535"),
        (Type::I16, "-32768"),
        (Type::U64, "18446744073709551615"),
        (Type::I64, "-9223372036854775808"),
        (Type::F32, "0.1"),
        (Type::F64, "-0.1"),
        (Type::F64, "inf"),
    ] {
        assert_eq!(Number::parse(kind, word).unwrap().to_string(), word);
    }
    assert_eq!(Number::parse(Type::U16, "0xFFFF"), Ok(Number::U16(0xFFFF)));
    assert_eq!(Number::parse(Type::I16, "0xFFFF"), Ok(Number::I16(-1)));
    assert_eq!(
        Number::parse(Type::I64, "0xFFFFFFFFFFFFFFFE"),
        Ok(Number::I64(-2))
    );
    for (kind, word) in [
        (Type::U16, "65536"),
        (Type::U16, "-1"),
        (Type::U16, "0x10000"),
        (Type::U16, "0x+1"),
        (Type::U32, "1.5"),
        (Type::F32, "0x1"),
        (Type::F32, ""),
        (Type::Text(2), "ab"),
    ] {
        assert_eq!(Number::parse(kind, word), Err(BadNumber(kind)), "{word}");
    }
    assert_eq!(
        format!("{}", BadNumber(Type::U16)),
        "not a number of type u16"
    );
    assert_eq!(Number::I32(-7).as_f64(), -7.0);
}
