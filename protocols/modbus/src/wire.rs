//! What stands on the wire: protocol data units (PDU), and the frames (ADU) that carry them.
//!
//! [`FUNCTIONS`] is the one table of function codes: the parsers of [`Request`] and [`Response`],
//! the length prediction that receivers work with, retries and broadcasts all read it.
//!
//! ```
//! use lineside_modbus::wire::{Request, Response, Span, rtu, Pdu, Unit};
//!
//! let request = Request::ReadHoldingRegisters(Span::new(107, 3));
//! let mut frame = [0; rtu::MAX_ADU];
//! let length = rtu::encode(Unit::new(17), &Pdu::of(&request).unwrap(), &mut frame).unwrap();
//! assert_eq!(frame[..length], [0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87]);
//!
//! let answer = [0x03, 0x06, 0xAE, 0x41, 0x56, 0x52, 0x43, 0x40];
//! let Ok(Ok(Response::ReadHoldingRegisters(words))) = Response::parse(&answer, &request) else {
//!     panic!("three registers");
//! };
//! assert_eq!(words.iter().collect::<Vec<_>>(), [0xAE41, 0x5652, 0x4340]);
//! ```

pub mod ascii;
mod diagnostics;
mod exception;
mod files;
mod function;
mod identity;
mod length;
pub mod mbap;
mod pdu;
mod request;
mod response;
pub mod rtu;
mod text;
mod unit;
pub mod value;
mod views;
mod writer;

pub use diagnostics::{SubFunction, SubFunctions};
pub use exception::Exception;
pub use files::{FileData, FileRead, FileReads, FileWrite, FileWrites};
pub use function::{FUNCTIONS, Function, Shape, function};
pub use identity::{IdentityPage, Object, ReadCode};
pub use length::{Length, request_length, response_length};
pub use pdu::{MAX_PDU, Misfit, Pdu};
pub use request::Request;
pub use response::{Mismatch, Response};
pub use unit::Unit;
pub use views::{Bits, BitsMut, Span, Words, WordsMut};
