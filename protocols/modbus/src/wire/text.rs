//! Requests and responses in words, for logs and monitors.

use core::fmt;

use super::{Request, Response, function::function, views::Words};

/// `Read Holding Registers 107..110`: the specification's name, then the elements counted from 0.
impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name(f, self.function())?;
        match *self {
            Self::ReadCoils(span)
            | Self::ReadDiscreteInputs(span)
            | Self::ReadHoldingRegisters(span)
            | Self::ReadInputRegisters(span) => write!(f, " {}..{}", span.address, span.end()),
            Self::WriteSingleCoil { address, on } => write!(f, " {address}: {}", u8::from(on)),
            Self::WriteSingleRegister { address, value } => write!(f, " {address}: {value}"),
            Self::Diagnostics { sub, data } => {
                write!(f, " sub-function {}:", sub.0)?;
                hex(f, data)
            }
            Self::WriteMultipleCoils { address, values } => {
                write!(f, " {address}: ")?;
                bits(f, values.iter())
            }
            Self::WriteMultipleRegisters { address, values } => {
                write!(f, " {address}:")?;
                words(f, values)
            }
            Self::MaskWriteRegister { address, and, or } => {
                write!(f, " {address}: and {and:04X}, or {or:04X}")
            }
            Self::ReadWriteMultipleRegisters {
                read,
                address,
                values,
            } => {
                write!(f, " {}..{}, write {address}:", read.address, read.end())?;
                words(f, values)
            }
            Self::ReadFifoQueue { address } => write!(f, " {address}"),
            Self::ReadFileRecord(groups) => groups.iter().try_for_each(|group| {
                let end = u32::from(group.record) + u32::from(group.length);
                write!(f, " file {} {}..{end}", group.file, group.record)
            }),
            Self::WriteFileRecord(groups) => groups.iter().try_for_each(|group| {
                write!(f, " file {} {}:", group.file, group.record)?;
                words(f, group.values)
            }),
            Self::ReadDeviceIdentification { code, object } => {
                write!(f, " identification {code:?} from object {object}")
            }
            Self::CanOpen(data) => {
                f.write_str(" CANopen:")?;
                hex(f, data)
            }
            Self::Custom { data, .. } => hex(f, data),
            Self::ReadExceptionStatus
            | Self::GetCommEventCounter
            | Self::GetCommEventLog
            | Self::ReportServerId => Ok(()),
        }
    }
}

/// `Read Holding Registers: 555 0 100`.
impl fmt::Display for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name(f, self.function())?;
        f.write_str(":")?;
        match *self {
            Self::ReadCoils(values) | Self::ReadDiscreteInputs(values) => {
                f.write_str(" ")?;
                bits(f, values.iter())
            }
            Self::ReadHoldingRegisters(values)
            | Self::ReadInputRegisters(values)
            | Self::ReadWriteMultipleRegisters(values)
            | Self::ReadFifoQueue(values) => words(f, values),
            Self::ReadExceptionStatus(status) => write!(f, " {status:08b}"),
            Self::Diagnostics { sub, data } => {
                write!(f, " sub-function {}:", sub.0)?;
                hex(f, data)
            }
            Self::GetCommEventCounter { status, events } => {
                write!(f, " status {status:04X}, {events} events")
            }
            Self::GetCommEventLog {
                status,
                events,
                messages,
                log,
            } => {
                write!(
                    f,
                    " status {status:04X}, {events} events, {messages} messages,"
                )?;
                hex(f, log)
            }
            Self::ReportServerId(data) => hex(f, data),
            Self::ReadFileRecord(groups) => groups.iter().try_for_each(|group| words(f, group)),
            Self::ReadDeviceIdentification(page) => page.objects().try_for_each(|object| {
                write!(f, " {}=\"{}\"", object.id, object.value.escape_ascii())
            }),
            Self::CanOpen(data) | Self::Custom { data, .. } => hex(f, data),
            Self::WriteSingleCoil { .. }
            | Self::WriteSingleRegister { .. }
            | Self::WriteMultipleCoils(_)
            | Self::WriteMultipleRegisters(_)
            | Self::WriteFileRecord(_)
            | Self::MaskWriteRegister { .. } => f.write_str(" done"),
        }
    }
}

fn name(f: &mut fmt::Formatter<'_>, code: u8) -> fmt::Result {
    match function(code) {
        Some(function) => f.write_str(function.name),
        None => write!(f, "function 0x{code:02X}"),
    }
}

fn words(f: &mut fmt::Formatter<'_>, values: Words<'_>) -> fmt::Result {
    values.iter().try_for_each(|value| write!(f, " {value}"))
}

fn bits(f: &mut fmt::Formatter<'_>, mut values: impl Iterator<Item = bool>) -> fmt::Result {
    values.try_for_each(|on| f.write_str(if on { "1" } else { "0" }))
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, " {byte:02X}"))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn requests_and_responses_have_words() {
        let read = Request::parse(b"\x03\x00\x6B\x00\x03").unwrap();
        assert_eq!(read.to_string(), "Read Holding Registers 107..110");
        let Ok(Ok(words)) = Response::parse(b"\x03\x06\x02\x2B\x00\x00\x00\x64", &read) else {
            panic!("three registers");
        };
        assert_eq!(words.to_string(), "Read Holding Registers: 555 0 100");
        let coils = Request::parse(b"\x0F\x00\x13\x00\x0A\x02\xCD\x01").unwrap();
        assert_eq!(coils.to_string(), "Write Multiple Coils 19: 1011001110");
        let custom = Request::parse(b"\x41\x0A").unwrap();
        assert_eq!(custom.to_string(), "function 0x41 0A");
    }
}
