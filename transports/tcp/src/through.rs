//! Streams of ours that are tokio's with a name: bytes pass through to the one inside.

/// Reads and writes of `$stream` are those of its only field.
macro_rules! passes_through {
    ($stream:ident) => {
        impl tokio::io::AsyncRead for $stream {
            fn poll_read(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
                into: &mut tokio::io::ReadBuf<'_>,
            ) -> core::task::Poll<std::io::Result<()>> {
                core::pin::Pin::new(&mut self.get_mut().0).poll_read(cx, into)
            }
        }

        $crate::through::writes_through!($stream);
    };
}

/// Writes alone.
macro_rules! writes_through {
    ($stream:ident) => {
        impl tokio::io::AsyncWrite for $stream {
            fn poll_write(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
                bytes: &[u8],
            ) -> core::task::Poll<std::io::Result<usize>> {
                core::pin::Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
            }

            fn poll_write_vectored(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
                slices: &[std::io::IoSlice<'_>],
            ) -> core::task::Poll<std::io::Result<usize>> {
                core::pin::Pin::new(&mut self.get_mut().0).poll_write_vectored(cx, slices)
            }

            fn is_write_vectored(&self) -> bool {
                self.0.is_write_vectored()
            }

            fn poll_flush(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
            ) -> core::task::Poll<std::io::Result<()>> {
                core::pin::Pin::new(&mut self.get_mut().0).poll_flush(cx)
            }

            fn poll_shutdown(
                self: core::pin::Pin<&mut Self>,
                cx: &mut core::task::Context<'_>,
            ) -> core::task::Poll<std::io::Result<()>> {
                core::pin::Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
            }
        }
    };
}

pub(crate) use {passes_through, writes_through};
