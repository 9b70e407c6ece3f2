//! What every tap hands to the line or the socket below it, unchanged.

/// The methods of [`Line`](crate::Line) that no tap has anything to add to; the line below is the
/// field `stream`.
macro_rules! line_below {
    () => {
        fn settings(&self) -> $crate::Settings {
            self.stream.settings()
        }

        fn capabilities(&self) -> $crate::Capabilities {
            self.stream.capabilities()
        }

        fn signals(&mut self) -> std::io::Result<$crate::Signals> {
            self.stream.signals()
        }

        fn poll_signals(
            self: core::pin::Pin<&mut Self>,
            cx: &mut core::task::Context<'_>,
        ) -> core::task::Poll<std::io::Result<$crate::Signals>> {
            core::pin::Pin::new(&mut self.get_mut().stream).poll_signals(cx)
        }
    };
}

/// The items of [`Socket`](crate::Socket); the socket below is the field `stream`, of type `S`.
macro_rules! socket_below {
    () => {
        type Addr = S::Addr;

        fn local_addr(&self) -> std::io::Result<S::Addr> {
            self.stream.local_addr()
        }

        fn peer_addr(&self) -> std::io::Result<S::Addr> {
            self.stream.peer_addr()
        }
    };
}

pub(super) use {line_below, socket_below};
