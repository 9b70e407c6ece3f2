//! Our own client, as a script asks it: one call after the other by `Client`, several at once by
//! `Bus`.

use core::{future::Future, pin::Pin, time::Duration};
use std::sync::{Arc, Mutex, PoisonError};

use lineside_io::Clock;
use lineside_modbus::{
    ClientConfig, Framing,
    client::{CallOptions, Failure, Refusal, Repeat},
    net::{Bus, BusConfig, CallError, Calls, Client},
    wire::{Exception, FileRead, FileWrite, Pdu, ReadCode, Span, SubFunction, Words},
};

use crate::{
    script::{
        Exit, Line, Report, Step,
        modbus::{Answer, Call, Failure as Why, Request},
    },
    subject::Setup,
    wire::End,
};

/// Follows a script.
pub(super) async fn run(end: End, script: Vec<Step>, setup: Setup) -> Report {
    let mut lines = Vec::new();
    let Some(framing) = super::framing(&setup.dialect) else {
        let exit = Exit::Failed(format!("no framing for {}", setup.dialect));
        return Report { lines, exit };
    };
    let config = config(&script).line(super::line(&setup));
    let many = script
        .iter()
        .any(|step| matches!(step, Step::Calls(calls) if calls.len() > 1));
    let mut asker = Asker::new(many, framing, config, end, &setup.clock);
    for step in script {
        match step {
            Step::Calls(calls) => {
                lines.extend(asker.all(calls).await.into_iter().map(Line::Answer))
            }
            Step::Wait(ms) => setup.clock.sleep(Duration::from_millis(ms)).await,
            Step::Send(_) | Step::Recv(_) | Step::Telnet(_) | Step::Port(_) => {
                let exit = Exit::Failed("Modbus has no records".to_owned());
                return Report { lines, exit };
            }
        }
    }
    let exit = Exit::Did;
    Report { lines, exit }
}

/// What the whole script demands of the client.
fn config(script: &[Step]) -> ClientConfig {
    let calls = script.iter().flat_map(|step| match step {
        Step::Calls(calls) => calls.as_slice(),
        _ => &[],
    });
    let turnaround = calls.filter_map(|call| call.turnaround_ms).max();
    let config = ClientConfig::default();
    turnaround.map_or(config, |ms| config.turnaround(Duration::from_millis(ms)))
}

/// Who asks.
enum Asker {
    Alone(Box<Client<End>>, Clock),
    Together(Bus, Clock),
}

impl Asker {
    fn new(many: bool, framing: Framing, config: ClientConfig, end: End, clock: &Clock) -> Self {
        let client = Client::on_wire(framing, config, end, clock.clone());
        if !many {
            return Self::Alone(Box::new(client), clock.clone());
        }
        // There is this wire, and no other when it is lost.
        let wire = Arc::new(Mutex::new(Some(client)));
        let dial = move || {
            let wire = wire.lock().unwrap_or_else(PoisonError::into_inner).take();
            core::future::ready(wire.ok_or_else(|| std::io::ErrorKind::NotConnected.into()))
        };
        let bus = Bus::spawn(BusConfig::default().rest(0), clock.clone(), dial);
        Self::Together(bus, clock.clone())
    }

    async fn all(&mut self, calls: Vec<Call>) -> Vec<Answer> {
        let mut answers = Vec::new();
        match self {
            Self::Alone(client, clock) => {
                for call in calls {
                    let unit = client.unit(call.unit).options(options(&call));
                    answers.push(limited(clock, &call, ask(unit, &call.request)).await);
                }
            }
            Self::Together(bus, clock) => {
                let tasks: Vec<_> = calls
                    .into_iter()
                    .map(|call| start(bus, clock, call))
                    .collect();
                for task in tasks {
                    answers.push(task.await);
                }
            }
        }
        answers
    }
}

/// Begins a call, in a task of its own.
fn start(bus: &Bus, clock: &Clock, call: Call) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
    let unit = bus.unit(call.unit).options(options(&call));
    let clock = clock.clone();
    let task = tokio::spawn(async move { limited(&clock, &call, ask(unit, &call.request)).await });
    Box::pin(async move { task.await.unwrap_or(Answer::Failed(Why::Other)) })
}

fn options(call: &Call) -> CallOptions {
    let mut options = CallOptions::default();
    if let Some(ms) = call.timeout_ms {
        options = options.response(Duration::from_millis(ms));
    }
    if let Some(retries) = call.retries {
        // Whoever says how often, means it of every function.
        let retries = u8::try_from(retries).unwrap_or(u8::MAX);
        options = options.retries(retries).repeat(Repeat::Always);
    }
    options
}

/// The answer, unless the call is to be given up before it comes.
async fn limited(clock: &Clock, call: &Call, asked: impl Future<Output = Answer>) -> Answer {
    match call.cancel_us {
        None => asked.await,
        Some(us) => {
            let answer = clock.timeout(Duration::from_micros(us), asked).await;
            answer.unwrap_or(Answer::Cancelled)
        }
    }
}

async fn ask(mut unit: impl Calls, request: &Request) -> Answer {
    put(&mut unit, request)
        .await
        .unwrap_or_else(|error| failed(&error))
}

async fn put(unit: &mut impl Calls, request: &Request) -> Result<Answer, CallError> {
    Ok(match request {
        Request::ReadCoils { address, count } => {
            Answer::Bits(unit.read_coils(*address, *count).await?)
        }
        Request::ReadDiscreteInputs { address, count } => {
            Answer::Bits(unit.read_discrete_inputs(*address, *count).await?)
        }
        Request::ReadHoldingRegisters { address, count } => {
            Answer::Words(unit.read_holding_registers(*address, *count).await?)
        }
        Request::ReadInputRegisters { address, count } => {
            Answer::Words(unit.read_input_registers(*address, *count).await?)
        }
        Request::WriteSingleCoil { address, on } => {
            done(unit.write_single_coil(*address, *on).await)?
        }
        Request::WriteSingleRegister { address, value } => {
            done(unit.write_single_register(*address, *value).await)?
        }
        Request::WriteMultipleCoils { address, bits } => {
            let bits: Vec<bool> = bits.chars().map(|bit| bit == '1').collect();
            done(unit.write_multiple_coils(*address, &bits).await)?
        }
        Request::WriteMultipleRegisters { address, words } => {
            done(unit.write_multiple_registers(*address, words).await)?
        }
        Request::MaskWriteRegister { address, and, or } => {
            done(unit.mask_write_register(*address, *and, *or).await)?
        }
        Request::ReadWriteMultipleRegisters {
            address,
            count,
            write_address,
            words,
        } => {
            let read = Span::new(*address, *count);
            let words = unit.read_write_multiple_registers(read, *write_address, words);
            Answer::Words(words.await?)
        }
        Request::ReadFifoQueue { address } => Answer::Words(unit.read_fifo_queue(*address).await?),
        _ => put_rest(unit, request).await?,
    })
}

/// Files, and what serial lines alone have.
async fn put_rest(unit: &mut impl Calls, request: &Request) -> Result<Answer, CallError> {
    Ok(match request {
        Request::ReadFileRecord { records } => {
            let group = |one: &crate::script::modbus::FileRead| FileRead {
                file: one.file,
                record: one.record,
                length: one.count,
            };
            let groups: Vec<_> = records.iter().map(group).collect();
            Answer::Words(unit.read_file_record(&groups).await?.concat())
        }
        Request::WriteFileRecord { records } => {
            let bytes = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect();
            let values: Vec<Vec<u8>> = records.iter().map(|one| bytes(&one.words)).collect();
            let groups = records.iter().zip(&values).filter_map(|(one, bytes)| {
                Some(FileWrite {
                    file: one.file,
                    record: one.record,
                    values: Words::new(bytes)?,
                })
            });
            done(unit.write_file_record(&groups.collect::<Vec<_>>()).await)?
        }
        Request::ReadExceptionStatus => Answer::Bytes(vec![unit.read_exception_status().await?]),
        Request::Diagnostics { sub, data } => diagnostics(unit, *sub, data).await?,
        Request::GetCommEventCounter => {
            let (status, events) = unit.get_comm_event_counter().await?;
            Answer::Words(vec![status, events])
        }
        Request::GetCommEventLog => {
            let log = unit.get_comm_event_log().await?;
            let words = [log.status, log.events, log.messages];
            let head = words.into_iter().flat_map(u16::to_be_bytes);
            Answer::Bytes(head.chain(log.log).collect())
        }
        Request::ReportServerId => Answer::Bytes(unit.report_server_id().await?),
        Request::ReadAllDeviceIdentification { code } => match ReadCode::new(*code) {
            Some(code) => Answer::Objects(unit.read_device_identification(code).await?.objects),
            None => Answer::Failed(Why::Refused),
        },
        Request::ReadDeviceIdentification { code, object } => {
            page(unit, &[0x2B, 0x0E, *code, *object]).await?
        }
        Request::Pdu { pdu } => match Pdu::new(pdu) {
            Some(pdu) => Answer::Bytes(unit.call(pdu).await?.to_vec()),
            None => Answer::Failed(Why::Refused),
        },
        _ => Answer::Failed(Why::Other),
    })
}

/// One request of device identification.
async fn page(unit: &mut impl Calls, request: &[u8]) -> Result<Answer, CallError> {
    use lineside_modbus::wire;
    let request = Pdu::new(request).unwrap_or_default();
    let pdu = unit.call(request).await?;
    let asked = wire::Request::parse(&request)
        .map_err(Refusal::Malformed)
        .map_err(Failure::Refused)?;
    match wire::Response::parse(&pdu, &asked)? {
        Ok(wire::Response::ReadDeviceIdentification(page)) => {
            let objects = page
                .objects()
                .map(|object| (object.id, object.value.to_vec()));
            Ok(Answer::Objects(objects.collect()))
        }
        _ => Ok(Answer::Failed(Why::Other)),
    }
}

/// One word by the method for it; more of them raw.
async fn diagnostics(unit: &mut impl Calls, sub: u16, data: &[u8]) -> Result<Answer, CallError> {
    if let Some(word) = data.first_chunk().filter(|_| data.len() == 2) {
        let word = unit
            .diagnostics(SubFunction(sub), u16::from_be_bytes(*word))
            .await?;
        return Ok(match SubFunction(sub) {
            SubFunction::FORCE_LISTEN_ONLY => Answer::Done,
            _ => Answer::Bytes(word.to_be_bytes().to_vec()),
        });
    }
    let request = [&[0x08][..], &sub.to_be_bytes(), data].concat();
    let Some(request) = Pdu::new(&request) else {
        return Ok(Answer::Failed(Why::Refused));
    };
    let answer = unit.call(request).await?;
    Ok(Answer::Bytes(answer.get(3..).unwrap_or_default().to_vec()))
}

fn done(result: Result<(), CallError>) -> Result<Answer, CallError> {
    result.map(|()| Answer::Done)
}

fn failed(error: &CallError) -> Answer {
    let CallError::Failed(failure) = error else {
        return Answer::Failed(Why::Closed);
    };
    Answer::Failed(match failure {
        Failure::Exception(Exception(code)) => return Answer::Exception(*code),
        Failure::Timeout => Why::Timeout,
        Failure::Mismatch(_) => Why::Mismatch,
        Failure::Damaged(_) | Failure::Collision => Why::Malformed,
        Failure::Refused(_) => Why::Refused,
        Failure::Closed => Why::Closed,
        _ => Why::Other,
    })
}
