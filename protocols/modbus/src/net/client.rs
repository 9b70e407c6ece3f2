//! A client of one stream or line, without a task of its own.

use core::{
    future::{Future, poll_fn},
    task::{Context, Poll, ready},
};

use lineside_core::Error;
use lineside_io::{Clock, Driver, Limits, Stream, address::Wire};

use crate::{
    ClientConfig, Framing,
    client::{self, CallOptions, Command, Failure, Told},
    net::{CallError, Calls},
    wire::{Pdu, Unit},
};

/// Asks the units of one wire, one call after the other.
///
/// ```
/// # use lineside_io::Clock;
/// # use lineside_modbus::{ClientConfig, Framing, net::{CallError, Calls, Client}};
/// # use tokio::io::DuplexStream;
/// # async fn read(stream: DuplexStream) -> Result<(), CallError> {
/// let mut client = Client::new(Framing::Tcp, ClientConfig::default(), stream, Clock::tokio());
/// let registers = client.unit(1).read_holding_registers(107, 3).await?;
/// client.unit(1).write_single_coil(172, true).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Cancellation
/// A call's future can be dropped at any await. A request that was not sent is not sent any more; the
/// response of one that was is awaited at the beginning of the next call, and answers nothing.
#[derive(Debug)]
pub struct Client<S> {
    driver: Driver<client::Client, S>,
    last_id: u64,
    /// A call whose future may have been dropped.
    open: Option<u64>,
}

impl Client<Wire> {
    /// A client over what an address opened. Where that is a line, its settings give the times.
    pub fn on_wire(framing: Framing, config: ClientConfig, mut wire: Wire, clock: Clock) -> Self {
        let config = config.line(config.line.of_wire(&mut wire));
        let machine = client::Client::new(framing, config);
        Self::with(Driver::on_wire(machine, wire, clock))
    }
}

impl<S: Stream> Client<S> {
    /// A client over a stream of bytes: Modbus TCP, or RTU or ASCII over TCP.
    pub fn new(framing: Framing, config: ClientConfig, stream: S, clock: Clock) -> Self {
        let config = config.line(config.line.of_stream());
        let machine = client::Client::new(framing, config);
        Self::with(Driver::new(machine, stream, clock))
    }

    /// A client over a serial line, whose settings give the times. The clock should be
    /// [`Clock::precise`]: t3.5 is 1.75 ms.
    pub fn on_line(framing: Framing, config: ClientConfig, line: S, clock: Clock) -> Self
    where
        S: lineside_io::Line,
    {
        let config = config.line(config.line.of_line(&line));
        let machine = client::Client::new(framing, config);
        Self::with(Driver::on_line(machine, line, clock))
    }

    /// A client over a driver of one's own making.
    pub const fn with(driver: Driver<client::Client, S>) -> Self {
        Self {
            driver,
            last_id: 0,
            open: None,
        }
    }

    /// The same with other limits of its driver.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.driver = self.driver.limits(limits);
        self
    }

    /// One unit's [`Calls`].
    pub fn unit(&mut self, unit: impl Into<Unit>) -> ClientUnit<'_, S> {
        ClientUnit {
            unit: unit.into(),
            options: CallOptions::default(),
            client: self,
        }
    }

    /// Asks `unit`, and gives the response, checked against the request in every field;
    /// [`Pdu::EMPTY`] where there is none.
    ///
    /// # Errors
    /// The call failed, or the wire.
    pub async fn call(
        &mut self,
        unit: Unit,
        request: Pdu,
        options: CallOptions,
    ) -> Result<Pdu, CallError> {
        let mut pdu = request;
        self.call_in_place(unit, &mut pdu, options).await?;
        Ok(pdu)
    }

    /// The same with the response in the place of the request.
    async fn call_in_place(
        &mut self,
        unit: Unit,
        pdu: &mut Pdu,
        options: CallOptions,
    ) -> Result<(), CallError> {
        let id = self.begin(unit, pdu, options)?;
        let outcome = poll_fn(|cx| self.poll_done(cx, id, pdu)).await;
        self.open = None;
        outcome
    }

    /// The wire, for what only it can do: addresses, modem lines, settings.
    pub const fn stream_mut(&mut self) -> &mut S {
        self.driver.stream_mut()
    }

    /// The driver, for what only it can do.
    pub const fn driver_mut(&mut self) -> &mut Driver<client::Client, S> {
        &mut self.driver
    }

    /// The wire alone. A response that is still to come will be found on it.
    pub fn into_stream(self) -> S {
        self.driver.into_parts().1
    }

    #[inline]
    fn begin(&mut self, unit: Unit, pdu: &Pdu, options: CallOptions) -> Result<u64, Failure> {
        if let Some(id) = self.open.take() {
            let _ = self.driver.submit(Command::Cancel { id });
        }
        self.last_id += 1;
        let id = self.last_id;
        let call = (id, unit, pdu);
        let taken = self
            .driver
            .tell(|machine, now, link| machine.call(now, call, options, link));
        match taken {
            Ok(()) => self.open = Some(id),
            // The queue has room for one. What ended the wire, the driver tells.
            Err(Error::Misuse(_)) => return Err(Failure::Closed),
            Err(_) => {}
        }
        Ok(id)
    }

    #[inline]
    fn poll_done(
        &mut self,
        cx: &mut Context<'_>,
        wanted: u64,
        pdu: &mut Pdu,
    ) -> Poll<Result<(), CallError>> {
        loop {
            let told = self
                .driver
                .poll_next_by(cx, |machine, now, link| machine.poll_into(now, link, pdu));
            match ready!(told) {
                Ok(Some(Told::Done { id, outcome })) if id == wanted => {
                    return Poll::Ready(outcome.map_err(CallError::Failed));
                }
                Ok(Some(_)) => {}
                Ok(None) => return Poll::Ready(Err(Failure::Closed.into())),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }
}

/// One unit of a [`Client`].
#[derive(Debug)]
pub struct ClientUnit<'a, S> {
    client: &'a mut Client<S>,
    unit: Unit,
    options: CallOptions,
}

impl<S> ClientUnit<'_, S> {
    /// The same with other options for its calls.
    #[must_use]
    pub const fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }
}

impl<S: Stream> Calls for ClientUnit<'_, S> {
    fn call(&mut self, request: Pdu) -> impl Future<Output = Result<Pdu, CallError>> + Send {
        self.client.call(self.unit, request, self.options)
    }

    fn call_in_place(
        &mut self,
        pdu: &mut Pdu,
    ) -> impl Future<Output = Result<(), CallError>> + Send {
        self.client.call_in_place(self.unit, pdu, self.options)
    }
}
