//! A stream of bytes both ways.

use tokio::io::{AsyncRead, AsyncWrite};

/// Any ordered stream of bytes: tokio's traits are enough.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static + ?Sized> Stream for T {}
