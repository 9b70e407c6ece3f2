//! A bus behind a gateway.

use super::{Bus, Priority};
use crate::{
    client::{CallOptions, Failure, Refusal},
    net::gateway::Ask,
    wire::{Exception, Pdu, Unit},
};

/// What a gateway asks, with the exceptions that it answers its clients: 0A where there is no line, 0B
/// where the unit did not answer, 06 where too many calls wait.
impl Ask for Bus {
    async fn ask(&self, unit: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        let options = CallOptions::default();
        let call = self.call(unit, *request, options, Priority::default());
        call.await.map_err(|failure| match failure {
            Failure::Exception(exception) => exception,
            Failure::Refused(Refusal::Malformed(exception)) => exception,
            Failure::Busy => Exception::SERVER_DEVICE_BUSY,
            Failure::Closed | Failure::Refused(_) => Exception::GATEWAY_PATH_UNAVAILABLE,
            _ => Exception::GATEWAY_TARGET_FAILED,
        })
    }
}
