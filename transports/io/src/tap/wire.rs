//! Taps on what an address opens: a line stays a line; urgent data becomes data like any other.

use super::{FaultPlan, FaultRecord, Faults, Throttle, ThrottleLimits, Watch, Watched};
use crate::{Clock, Stream, address::Wire};

/// Puts `watch` on a wire; of a line it sees every mark.
///
/// ```
/// use lineside_io::{address::Wire, sim, tap::{Hex, to_tracing, watch_wire}};
///
/// sim::run(|clock| async move {
///     let (near, _far) = tokio::io::duplex(64);
///     let wire = Wire::Stream(Box::new(near));
///     let _wire: Wire = watch_wire(wire, Hex::new("scale", &clock, to_tracing()));
/// });
/// ```
#[must_use]
pub fn watch_wire(wire: Wire, watch: impl Watch) -> Wire {
    match wire {
        Wire::Stream(stream) => Wire::Stream(Box::new(Watched::new(stream, watch))),
        Wire::Urgent(stream) => Wire::Stream(Box::new(Watched::new(stream, watch))),
        Wire::Line(line) => Wire::Line(Box::new(Watched::on_line(line, watch))),
    }
}

/// Disturbs a wire by `plan`; also gives the record of what will be done to it.
#[must_use]
pub fn disturb_wire(wire: Wire, clock: &Clock, plan: FaultPlan) -> (Wire, FaultRecord) {
    match wire {
        Wire::Stream(stream) => disturbed(stream, clock, plan),
        Wire::Urgent(stream) => disturbed(stream, clock, plan),
        Wire::Line(line) => {
            let line = Faults::on_line(line, clock, plan);
            let record = line.record();
            (Wire::Line(Box::new(line)), record)
        }
    }
}

fn disturbed(stream: impl Stream, clock: &Clock, plan: FaultPlan) -> (Wire, FaultRecord) {
    let stream = Faults::new(stream, clock, plan);
    let record = stream.record();
    (Wire::Stream(Box::new(stream)), record)
}

/// Limits a wire.
#[must_use]
pub fn throttle_wire(wire: Wire, clock: &Clock, limits: ThrottleLimits) -> Wire {
    match wire {
        Wire::Stream(stream) => Wire::Stream(Box::new(Throttle::new(stream, clock, limits))),
        Wire::Urgent(stream) => Wire::Stream(Box::new(Throttle::new(stream, clock, limits))),
        Wire::Line(line) => Wire::Line(Box::new(Throttle::new(line, clock, limits))),
    }
}
