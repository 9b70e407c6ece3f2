//! What a request touches.

use super::rights::Kind;
use crate::{
    Table,
    wire::{Request, Span, SubFunction},
};

/// Elements that a request reads or writes; without elements, the device itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) kind: Kind,
    pub(super) elements: Option<(Table, Span)>,
}

/// Everything that `request` does: one access, or two for a read and a write at once.
pub(super) fn accesses(request: &Request<'_>) -> (Access, Option<Access>) {
    use Kind::{Read, Write};
    use Table::{Coils, DiscreteInputs, HoldingRegisters, InputRegisters};
    let one = match *request {
        Request::ReadCoils(span) => of(Read, Coils, span),
        Request::ReadDiscreteInputs(span) => of(Read, DiscreteInputs, span),
        Request::ReadHoldingRegisters(span) => of(Read, HoldingRegisters, span),
        Request::ReadInputRegisters(span) => of(Read, InputRegisters, span),
        Request::ReadFifoQueue { address } => of(Read, HoldingRegisters, Span::new(address, 1)),
        Request::WriteSingleCoil { address, .. } => of(Write, Coils, Span::new(address, 1)),
        Request::WriteMultipleCoils { address, values } => {
            of(Write, Coils, Span::new(address, values.len()))
        }
        Request::WriteSingleRegister { address, .. }
        | Request::MaskWriteRegister { address, .. } => {
            of(Write, HoldingRegisters, Span::new(address, 1))
        }
        Request::WriteMultipleRegisters { address, values } => {
            of(Write, HoldingRegisters, written(address, values.len()))
        }
        Request::ReadWriteMultipleRegisters {
            read,
            address,
            values,
        } => {
            let write = of(Write, HoldingRegisters, written(address, values.len()));
            return (write, Some(of(Read, HoldingRegisters, read)));
        }
        Request::Diagnostics { sub, .. } => device(kind_of(sub)),
        Request::ReadExceptionStatus
        | Request::GetCommEventCounter
        | Request::GetCommEventLog
        | Request::ReportServerId
        | Request::ReadFileRecord(_)
        | Request::ReadDeviceIdentification { .. } => device(Read),
        // What these do is not known here, so they need the greater right.
        Request::WriteFileRecord(_) | Request::CanOpen(_) | Request::Custom { .. } => device(Write),
    };
    (one, None)
}

const fn of(kind: Kind, table: Table, span: Span) -> Access {
    Access {
        kind,
        elements: Some((table, span)),
    }
}

const fn device(kind: Kind) -> Access {
    Access {
        kind,
        elements: None,
    }
}

fn written(address: u16, registers: usize) -> Span {
    Span::new(address, u16::try_from(registers).unwrap_or(u16::MAX))
}

/// Loop-back and the counters change nothing; the other diagnostics do (Application protocol 6.8.1).
const fn kind_of(sub: SubFunction) -> Kind {
    match sub.0 {
        0x00 | 0x02 | 0x0B..=0x12 => Kind::Read,
        _ => Kind::Write,
    }
}
