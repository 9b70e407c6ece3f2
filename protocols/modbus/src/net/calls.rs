//! Every public function as a method, whoever carries the request.

use core::future::Future;

use crate::{
    net::CallError,
    wire::{
        Bits, FileRead, FileWrite, Mismatch, Pdu, ReadCode, Request, Response, Span, SubFunction,
        Words,
        value::{Order, Scalar},
    },
};

mod files;
mod identity;

pub use identity::Identity;

/// Asks one unit. A client and a bus give one for each unit; what it needs is [`call`](Self::call).
///
/// Counts and values that a function does not allow are refused before anything is sent. A write to
/// everyone ([`Unit::BROADCAST`](crate::wire::Unit::BROADCAST) on a serial line) is done when it has
/// left; a read of everyone is refused.
///
/// # Cancellation
/// Every future can be dropped at any await: the wire stays sound, and the request is not sent any
/// more, or its response answers nothing else.
pub trait Calls: Send {
    /// Sends a request, and gives the response, checked against it in every field;
    /// [`Pdu::EMPTY`] where there is none.
    fn call(&mut self, request: Pdu) -> impl Future<Output = Result<Pdu, CallError>> + Send;

    #[doc(hidden)]
    /// The same with the response in the place of the request: who has a way to put it there of his
    /// own need not hand PDUs from one to the next. On an error, what stands there means nothing.
    fn call_in_place(
        &mut self,
        pdu: &mut Pdu,
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        async move {
            *pdu = self.call(*pdu).await?;
            Ok(())
        }
    }

    /// Read Coils (0x01, Application protocol 6.1): 1 to 2000.
    fn read_coils(
        &mut self,
        address: u16,
        quantity: u16,
    ) -> impl Future<Output = Result<Vec<bool>, CallError>> + Send {
        let span = Span::new(address, quantity);
        async move { bits(self, &Request::ReadCoils(span), quantity).await }
    }

    /// Read Discrete Inputs (0x02, 6.2): 1 to 2000.
    fn read_discrete_inputs(
        &mut self,
        address: u16,
        quantity: u16,
    ) -> impl Future<Output = Result<Vec<bool>, CallError>> + Send {
        let span = Span::new(address, quantity);
        async move { bits(self, &Request::ReadDiscreteInputs(span), quantity).await }
    }

    /// Read Holding Registers (0x03, 6.3): 1 to 125.
    fn read_holding_registers(
        &mut self,
        address: u16,
        quantity: u16,
    ) -> impl Future<Output = Result<Vec<u16>, CallError>> + Send {
        let span = Span::new(address, quantity);
        async move {
            let mut pdu = Pdu::of(&Request::ReadHoldingRegisters(span))?;
            registers(self, &mut pdu, 2).await
        }
    }

    /// Read Input Registers (0x04, 6.4): 1 to 125.
    fn read_input_registers(
        &mut self,
        address: u16,
        quantity: u16,
    ) -> impl Future<Output = Result<Vec<u16>, CallError>> + Send {
        let span = Span::new(address, quantity);
        async move {
            let mut pdu = Pdu::of(&Request::ReadInputRegisters(span))?;
            registers(self, &mut pdu, 2).await
        }
    }

    /// Write Single Coil (0x05, 6.5).
    fn write_single_coil(
        &mut self,
        address: u16,
        on: bool,
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        async move { done(self, &Request::WriteSingleCoil { address, on }).await }
    }

    /// Write Single Register (0x06, 6.6).
    fn write_single_register(
        &mut self,
        address: u16,
        value: u16,
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        async move { done(self, &Request::WriteSingleRegister { address, value }).await }
    }

    /// Write Multiple Coils (0x0F, 6.11): 1 to 1968.
    fn write_multiple_coils(
        &mut self,
        address: u16,
        values: &[bool],
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        let request = Pdu::write_multiple_coils(address, values);
        async move { self.call(request?).await.map(drop) }
    }

    /// Write Multiple Registers (0x10, 6.12): 1 to 123.
    fn write_multiple_registers(
        &mut self,
        address: u16,
        values: &[u16],
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        let request = Pdu::write_multiple_registers(address, values);
        async move { self.call(request?).await.map(drop) }
    }

    /// Mask Write Register (0x16, 6.16): the register becomes
    /// `(itself AND and) OR (or AND NOT and)`.
    fn mask_write_register(
        &mut self,
        address: u16,
        and: u16,
        or: u16,
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        async move { done(self, &Request::MaskWriteRegister { address, and, or }).await }
    }

    /// Read/Write Multiple Registers (0x17, 6.17): writes 1 to 121, then reads 1 to 125.
    fn read_write_multiple_registers(
        &mut self,
        read: Span,
        address: u16,
        values: &[u16],
    ) -> impl Future<Output = Result<Vec<u16>, CallError>> + Send {
        let request = Pdu::read_write_multiple_registers(read, address, values);
        async move { registers(self, &mut request?, 2).await }
    }

    /// Read FIFO Queue (0x18, 6.18): at most 31 registers, which stay in the queue.
    fn read_fifo_queue(
        &mut self,
        address: u16,
    ) -> impl Future<Output = Result<Vec<u16>, CallError>> + Send {
        async move {
            let mut pdu = Pdu::of(&Request::ReadFifoQueue { address })?;
            registers(self, &mut pdu, 5).await
        }
    }

    /// Read File Record (0x14, 6.14): for each group its registers.
    fn read_file_record(
        &mut self,
        groups: &[FileRead],
    ) -> impl Future<Output = Result<Vec<Vec<u16>>, CallError>> + Send {
        let request = files::read(groups);
        async move { files::records(self, request?).await }
    }

    /// Write File Record (0x15, 6.15).
    fn write_file_record(
        &mut self,
        groups: &[FileWrite<'_>],
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        let request = files::write(groups);
        async move { self.call(request?).await.map(drop) }
    }

    /// Read Device Identification (0x2B with MEI type 0x0E, 6.21), page after page (M19): at most 256
    /// of them, since each must go on behind the one before.
    fn read_device_identification(
        &mut self,
        code: ReadCode,
    ) -> impl Future<Output = Result<Identity, CallError>> + Send {
        async move { identity::walk(self, code).await }
    }

    /// One object of Read Device Identification.
    fn read_device_object(
        &mut self,
        object: u8,
    ) -> impl Future<Output = Result<Vec<u8>, CallError>> + Send {
        async move { identity::object(self, object).await }
    }

    /// Read Exception Status (0x07, 6.7): eight bits whose meaning is the device's.
    fn read_exception_status(&mut self) -> impl Future<Output = Result<u8, CallError>> + Send {
        async move {
            let answer = self.call(Pdu::of(&Request::ReadExceptionStatus)?).await?;
            answer.get(1).copied().ok_or(Mismatch::Length.into())
        }
    }

    /// Diagnostics (0x08, 6.8) with one word of data: the word that comes back. Force Listen Only
    /// Mode, which has no response, gives `data`.
    fn diagnostics(
        &mut self,
        sub: SubFunction,
        data: u16,
    ) -> impl Future<Output = Result<u16, CallError>> + Send {
        let sent = data.to_be_bytes();
        async move {
            let data = &sent[..];
            let answer = self
                .call(Pdu::of(&Request::Diagnostics { sub, data })?)
                .await?;
            let word = answer.get(3..).and_then(<[u8]>::first_chunk);
            Ok(u16::from_be_bytes(*word.unwrap_or(&sent)))
        }
    }

    /// Get Comm Event Counter (0x0B, 6.9): the status (FFFF: busy) and the count.
    fn get_comm_event_counter(
        &mut self,
    ) -> impl Future<Output = Result<(u16, u16), CallError>> + Send {
        async move {
            parsed(
                self,
                &Request::GetCommEventCounter,
                |response| match response {
                    Response::GetCommEventCounter { status, events } => Some((status, events)),
                    _ => None,
                },
            )
            .await
        }
    }

    /// Get Comm Event Log (0x0C, 6.10).
    fn get_comm_event_log(&mut self) -> impl Future<Output = Result<EventLog, CallError>> + Send {
        async move {
            parsed(self, &Request::GetCommEventLog, |response| match response {
                Response::GetCommEventLog {
                    status,
                    events,
                    messages,
                    log,
                } => Some(EventLog {
                    status,
                    events,
                    messages,
                    log: log.to_vec(),
                }),
                _ => None,
            })
            .await
        }
    }

    /// Report Server ID (0x11, 6.13): the identifier, 00 or FF for whether it runs, and more.
    fn report_server_id(&mut self) -> impl Future<Output = Result<Vec<u8>, CallError>> + Send {
        async move {
            let answer = self.call(Pdu::of(&Request::ReportServerId)?).await?;
            let data = answer.get(2..).ok_or(Mismatch::Length)?;
            Ok(data.to_vec())
        }
    }

    /// Typed values from holding registers: `count` of them, in as many registers as they take.
    fn read_holding_values<T: Scalar + Send>(
        &mut self,
        address: u16,
        count: u16,
        order: Order,
    ) -> impl Future<Output = Result<Vec<T>, CallError>> + Send {
        async move {
            let quantity = count.saturating_mul(T::TYPE.registers());
            let words = self.read_holding_registers(address, quantity).await?;
            Ok(values(&words, order))
        }
    }

    /// The same from input registers.
    fn read_input_values<T: Scalar + Send>(
        &mut self,
        address: u16,
        count: u16,
        order: Order,
    ) -> impl Future<Output = Result<Vec<T>, CallError>> + Send {
        async move {
            let quantity = count.saturating_mul(T::TYPE.registers());
            let words = self.read_input_registers(address, quantity).await?;
            Ok(values(&words, order))
        }
    }

    /// Writes typed values to holding registers, all in one request.
    fn write_values<T: Scalar>(
        &mut self,
        address: u16,
        values: &[T],
        order: Order,
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        let size = usize::from(T::TYPE.registers());
        let mut words = vec![0; size * values.len()];
        for (value, room) in values.iter().zip(words.chunks_mut(size)) {
            let _ = value.write(room, order);
        }
        let request = Pdu::write_multiple_registers(address, &words);
        async move { self.call(request?).await.map(drop) }
    }
}

/// What Get Comm Event Log gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLog {
    /// FFFF while a program command is being processed, else 0.
    pub status: u16,
    /// Requests completed.
    pub events: u16,
    /// Good frames on the line since the last restart or clear.
    pub messages: u16,
    /// At most 64 event bytes, the newest first.
    pub log: Vec<u8>,
}

async fn done<C: Calls + ?Sized>(calls: &mut C, request: &Request<'_>) -> Result<(), CallError> {
    calls.call_in_place(&mut Pdu::of(request)?).await
}

async fn bits<C: Calls + ?Sized>(
    calls: &mut C,
    request: &Request<'_>,
    quantity: u16,
) -> Result<Vec<bool>, CallError> {
    let mut answer = Pdu::of(request)?;
    calls.call_in_place(&mut answer).await?;
    let packed = answer.get(2..).ok_or(Mismatch::Length)?;
    let bits = Bits::new(packed, quantity).ok_or(Mismatch::Count)?;
    Ok(bits.iter().collect())
}

/// The registers behind the first `skip` bytes of the response to the request in `pdu`.
async fn registers<C: Calls + ?Sized>(
    calls: &mut C,
    pdu: &mut Pdu,
    skip: usize,
) -> Result<Vec<u16>, CallError> {
    calls.call_in_place(pdu).await?;
    let words = pdu.get(skip..).and_then(Words::new);
    Ok(words.ok_or(Mismatch::Length)?.iter().collect())
}

/// What `read` reads from the response.
async fn parsed<C: Calls + ?Sized, T>(
    calls: &mut C,
    request: &Request<'_>,
    read: impl FnOnce(Response<'_>) -> Option<T>,
) -> Result<T, CallError> {
    let answer = calls.call(Pdu::of(request)?).await?;
    match Response::parse(&answer, request)? {
        Ok(response) => read(response).ok_or(Mismatch::Length.into()),
        Err(exception) => Err(crate::client::Failure::Exception(exception).into()),
    }
}

fn values<T: Scalar>(words: &[u16], order: Order) -> Vec<T> {
    let each = words.chunks(usize::from(T::TYPE.registers()));
    each.filter_map(|words| T::read(words.iter().copied(), order))
        .collect()
}
