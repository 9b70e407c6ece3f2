//! What a Modbus service is asked and answers, a line each.

use lineside_modbus::{
    net::Service,
    wire::{Exception, Pdu, Unit},
};
use tracing::info;

use crate::overheard::{answered, asked};

/// A service whose requests and responses are told to the log, as those of `place`.
#[derive(Clone, Debug)]
pub struct Logged<S> {
    place: String,
    service: S,
}

impl<S> Logged<S> {
    /// Tells what `service` is asked at `place`.
    pub const fn new(place: String, service: S) -> Self {
        Self { place, service }
    }
}

impl<S: Service> Service for Logged<S> {
    async fn call(&mut self, unit: Unit, request: &Pdu) -> Result<Pdu, Exception> {
        let answer = self.service.call(unit, request).await;
        let said = match &answer {
            Err(exception) => exception.to_string(),
            Ok(pdu) if pdu.is_empty() => "no answer".to_owned(),
            Ok(pdu) => answered(request, pdu),
        };
        info!("{}: unit {unit}: {} -> {said}", self.place, asked(request));
        answer
    }

    fn another(&self) -> Option<Self> {
        let (place, service) = (self.place.clone(), self.service.another()?);
        Some(Self { place, service })
    }

    fn restarted(&mut self, unit: Unit) {
        info!("{}: unit {unit}: communication restarted", self.place);
        self.service.restarted(unit);
    }
}
