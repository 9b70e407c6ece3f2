//! The client of tokio-modbus, used as its documentation tells: a context on a transport, a time limit
//! around each call, and the next call on the same context.

use core::time::Duration;
use std::borrow::Cow;

use lineside_io::{BoxFuture, Clock};
use tokio_modbus::{
    Request as Asked, Response,
    client::{Client as _, Context, Reader as _, Writer as _, rtu, tcp},
    prelude::{ExceptionCode, ReadCode, ReadDeviceIdentificationResponse},
    slave::{Slave, SlaveContext as _},
};

use crate::{
    dialect::Dialect,
    profile::Profile,
    script::{
        Exit, Line, Report, Step,
        modbus::{Answer, Call, Failure, Request},
    },
    subject::{Setup, Subject},
    wire::End,
};

/// tokio-modbus as a client; it has no server here.
#[derive(Clone, Copy, Debug)]
pub struct TokioModbusClient;

impl TokioModbusClient {
    /// The version that is linked.
    pub const VERSION: &str = "0.17.0";
}

impl Subject for TokioModbusClient {
    fn name(&self) -> &str {
        "tokio-modbus-client"
    }

    fn about(&self) -> String {
        format!("tokio-modbus {}, its client", Self::VERSION)
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::named(self.name());
        let has = [Profile::LINE, Profile::STREAM, Profile::EXACT];
        profile.capabilities.extend(has.map(str::to_owned));
        profile
    }

    fn speaks(&self, dialect: &Dialect) -> bool {
        matches!(dialect.name.as_str(), "modbus-rtu" | "modbus-tcp") && dialect.options.is_empty()
    }

    fn server(&self, _: End, _: Setup) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }

    fn client(&self, end: End, script: Vec<Step>, setup: Setup) -> BoxFuture<'static, Report> {
        Box::pin(async move {
            let slave = Slave(1);
            let mut context = match setup.dialect.name.as_str() {
                "modbus-tcp" => tcp::attach_slave(end, slave),
                _ => rtu::attach_slave(end, slave),
            };
            let mut lines = Vec::new();
            for step in script {
                if let Err(exit) = follow(&mut context, &setup.clock, step, &mut lines).await {
                    return Report { lines, exit };
                }
            }
            let exit = Exit::Did;
            Report { lines, exit }
        })
    }
}

async fn follow(
    context: &mut Context,
    clock: &Clock,
    step: Step,
    lines: &mut Vec<Line>,
) -> Result<(), Exit> {
    match step {
        Step::Calls(calls) => {
            for call in calls {
                lines.push(Line::Answer(call_in_time(context, clock, &call).await?));
            }
        }
        Step::Wait(ms) => clock.sleep(Duration::from_millis(ms)).await,
        Step::Send(_) | Step::Recv(_) | Step::Telnet(_) | Step::Port(_) => {
            return Err(cannot("records"));
        }
    }
    Ok(())
}

fn cannot(what: &str) -> Exit {
    Exit::Cannot(format!("tokio-modbus has no {what}"))
}

/// The crate has no time-out of its own: who calls it sets one.
async fn call_in_time(context: &mut Context, clock: &Clock, call: &Call) -> Result<Answer, Exit> {
    if call.retries.is_some_and(|retries| retries > 0) {
        return Err(cannot("retries"));
    }
    if call.turnaround_ms.is_some() {
        return Err(cannot("turnaround delay"));
    }
    let timeout = Duration::from_millis(call.timeout_ms.unwrap_or(1_000));
    let cancel = call.cancel_us.map(Duration::from_micros);
    let first = cancel.map_or(timeout, |cancel| cancel.min(timeout));
    context.set_slave(Slave(call.unit));
    match clock.timeout(first, ask(context, &call.request)).await {
        Ok(answer) => answer,
        Err(_) if cancel.is_some_and(|cancel| cancel <= timeout) => Ok(Answer::Cancelled),
        Err(_) => Ok(Answer::Failed(Failure::Timeout)),
    }
}

async fn ask(context: &mut Context, request: &Request) -> Result<Answer, Exit> {
    let bits: Vec<bool>;
    Ok(match request {
        Request::ReadCoils { address, count } => {
            told(context.read_coils(*address, *count).await, Answer::Bits)
        }
        Request::ReadDiscreteInputs { address, count } => {
            let read = context.read_discrete_inputs(*address, *count).await;
            told(read, Answer::Bits)
        }
        Request::ReadHoldingRegisters { address, count } => {
            let read = context.read_holding_registers(*address, *count).await;
            told(read, Answer::Words)
        }
        Request::ReadInputRegisters { address, count } => {
            let read = context.read_input_registers(*address, *count).await;
            told(read, Answer::Words)
        }
        Request::WriteSingleCoil { address, on } => {
            told(context.write_single_coil(*address, *on).await, done)
        }
        Request::WriteSingleRegister { address, value } => {
            let written = context.write_single_register(*address, *value).await;
            told(written, done)
        }
        Request::WriteMultipleCoils {
            address,
            bits: text,
        } => {
            bits = text.bytes().map(|bit| bit == b'1').collect();
            told(context.write_multiple_coils(*address, &bits).await, done)
        }
        Request::WriteMultipleRegisters { address, words } => {
            let written = context.write_multiple_registers(*address, words).await;
            told(written, done)
        }
        Request::MaskWriteRegister { address, and, or } => {
            let written = context.masked_write_register(*address, *and, *or).await;
            told(written, done)
        }
        Request::ReadWriteMultipleRegisters {
            address,
            count,
            write_address,
            words,
        } => {
            let (from, to) = (*address, *write_address);
            let read = context.read_write_multiple_registers(from, *count, to, words);
            told(read.await, Answer::Words)
        }
        Request::ReadDeviceIdentification { code, object } => {
            let code = match code {
                1 => ReadCode::Basic,
                2 => ReadCode::Regular,
                3 => ReadCode::Extended,
                4 => ReadCode::Specific,
                _ => return Err(cannot("such code")),
            };
            let read = context.read_device_identification(code, *object).await;
            told(read, objects)
        }
        Request::Pdu { pdu } => {
            let Some((&function, data)) = pdu.split_first() else {
                return Err(cannot("request without a function"));
            };
            let asked = Asked::Custom(function, Cow::Owned(data.to_vec()));
            told(context.call(asked).await, raw)
        }
        _ => return Err(cannot("call for this function")),
    })
}

/// What the crate returned, in the words of a report.
fn told<T>(result: tokio_modbus::Result<T>, good: impl FnOnce(T) -> Answer) -> Answer {
    let code = |code: ExceptionCode| Answer::Exception(code.into());
    match result {
        Ok(Ok(value)) => good(value),
        Ok(Err(exception)) => code(exception),
        Err(tokio_modbus::Error::Protocol(_)) => Answer::Failed(Failure::Mismatch),
        Err(tokio_modbus::Error::Transport(error)) => Answer::Failed(match error.kind() {
            std::io::ErrorKind::InvalidData => Failure::Malformed,
            std::io::ErrorKind::InvalidInput => Failure::Refused,
            std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::NotConnected => Failure::Closed,
            _ => Failure::Other,
        }),
    }
}

const fn done((): ()) -> Answer {
    Answer::Done
}

fn objects(read: ReadDeviceIdentificationResponse) -> Answer {
    let objects = read.device_id_objects.into_iter();
    Answer::Objects(
        objects
            .map(|object| (object.id, object.value.to_vec()))
            .collect(),
    )
}

fn raw(response: Response) -> Answer {
    match response {
        Response::Custom(function, data) => {
            let mut pdu = vec![function];
            pdu.extend_from_slice(&data);
            Answer::Bytes(pdu)
        }
        _ => Answer::Failed(Failure::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_is_linked() {
        let lock = include_str!("../../../Cargo.lock");
        let version = TokioModbusClient::VERSION;
        let entry = format!("name = \"tokio-modbus\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&entry));
    }
}
