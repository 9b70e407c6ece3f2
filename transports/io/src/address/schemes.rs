//! The registry of schemes: what can be opened, and by whom.

use core::{fmt, future::Future, net::IpAddr};
use std::{io, sync::Arc};

use super::{Address, AddressError, Part, Wire};
use crate::{BoxFuture, Clock, Listener, Socket, Urgent};

/// What a scheme may use beside the address.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Context {
    /// The time of everything that is opened.
    pub clock: Clock,
}

impl Context {
    /// With this clock.
    #[must_use]
    pub const fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

type Opener<T> = Arc<dyn Fn(Address, Context) -> BoxFuture<'static, io::Result<T>> + Send + Sync>;

/// One way to reach an endpoint: a name and what it does.
#[derive(Clone)]
pub struct Scheme {
    name: &'static str,
    help: &'static str,
    examples: &'static [&'static str],
    open: Option<Opener<Wire>>,
    listen: Option<Opener<Box<dyn Acceptor>>>,
}

impl Scheme {
    /// A scheme that can neither open nor listen yet. `name` is lower case; `help` is one
    /// sentence; each example is a whole address.
    #[must_use]
    pub const fn new(
        name: &'static str,
        help: &'static str,
        examples: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            help,
            examples,
            open: None,
            listen: None,
        }
    }

    /// The same, opening addresses with `open`, which takes every parameter it knows and refuses
    /// the rest ([`Params::finish`](super::Params::finish)).
    #[must_use]
    pub fn on_open<F, W>(mut self, open: F) -> Self
    where
        F: Fn(Address, Context) -> W + Send + Sync + 'static,
        W: Future<Output = io::Result<Wire>> + Send + 'static,
    {
        self.open = Some(Arc::new(move |address, context| {
            Box::pin(open(address, context))
        }));
        self
    }

    /// The same, listening at addresses with `listen`.
    #[must_use]
    pub fn on_listen<F, W>(mut self, listen: F) -> Self
    where
        F: Fn(Address, Context) -> W + Send + Sync + 'static,
        W: Future<Output = io::Result<Box<dyn Acceptor>>> + Send + 'static,
    {
        self.listen = Some(Arc::new(move |address, context| {
            Box::pin(listen(address, context))
        }));
        self
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// The schemes that a program knows.
#[derive(Clone, Debug)]
pub struct Schemes {
    context: Context,
    known: Vec<Scheme>,
}

impl Schemes {
    /// None yet.
    #[must_use]
    pub const fn new(context: Context) -> Self {
        Self {
            context,
            known: Vec::new(),
        }
    }

    /// The same with `scheme`, in place of an older one of that name.
    #[must_use]
    pub fn with(mut self, scheme: Scheme) -> Self {
        self.known.retain(|old| old.name != scheme.name);
        self.known.push(scheme);
        self
    }

    /// The names, in the order of registration.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.known.iter().map(Scheme::name)
    }

    /// Opens the wire to `address`, which has no layers left. Dropping the future abandons the
    /// attempt.
    ///
    /// # Errors
    /// An [`AddressError`] of kind `InvalidInput`; what the scheme itself meets.
    pub async fn open(&self, address: &Address) -> io::Result<Wire> {
        let allowed = || self.that(|scheme| scheme.open.is_some());
        let scheme = self.find(address)?;
        let Some(open) = &scheme.open else {
            return Err(wrong_scheme(address, &allowed()).into());
        };
        open(address.clone(), self.context.clone()).await
    }

    /// Listens at `address`, which has no layers left.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn listen(&self, address: &Address) -> io::Result<Box<dyn Acceptor>> {
        let allowed = || self.that(|scheme| scheme.listen.is_some());
        let scheme = self.find(address)?;
        let Some(listen) = &scheme.listen else {
            return Err(wrong_scheme(address, &allowed()).into());
        };
        listen(address.clone(), self.context.clone()).await
    }

    /// What can be opened, for a command's help: a line per scheme, then its examples, indented.
    #[must_use]
    pub fn help(&self) -> String {
        let mut text = String::new();
        for scheme in &self.known {
            text += &format!("{:<10} {}\n", scheme.name, scheme.help);
            for example in scheme.examples {
                text += &format!("{:<10}   {example}\n", "");
            }
        }
        text
    }

    fn find(&self, address: &Address) -> Result<&Scheme, AddressError> {
        if let Some(layer) = address.layers.first() {
            let allowed = format!("no protocol here, only a wire: {}", self.that(|_| true));
            return Err(AddressError::new(
                Part::Layer,
                address.layer_at(),
                layer,
                allowed,
            ));
        }
        let found = self
            .known
            .iter()
            .find(|scheme| scheme.name == address.scheme);
        found.ok_or_else(|| wrong_scheme(address, &self.that(|_| true)))
    }

    fn that(&self, can: impl Fn(&Scheme) -> bool) -> String {
        let names: Vec<_> = self
            .known
            .iter()
            .filter(|scheme| can(scheme))
            .map(Scheme::name)
            .collect();
        names.join(", ")
    }
}

/// Something that listens, whatever its scheme. Dropping it closes it.
pub trait Acceptor: Send {
    /// Where others reach it: the real port, the real device name.
    fn local(&self) -> Address;

    /// The next wire. Cancel-safe: a dropped future loses none.
    fn accept(&mut self) -> BoxFuture<'_, io::Result<Accepted>>;
}

/// A wire that somebody else opened.
#[derive(Debug)]
pub struct Accepted {
    /// The wire.
    pub wire: Wire,
    /// Who is at the other end, for logs.
    pub peer: String,
    /// The host there, where one can be told ([`Listener::host`]).
    pub host: Option<IpAddr>,
}

/// A net's listener as an acceptor; `local` says where others reach it.
pub fn acceptor<L>(listener: L, local: Address) -> Box<dyn Acceptor>
where
    L: Listener,
    L::Stream: Socket,
{
    let wire = |stream| Wire::Stream(Box::new(stream));
    Box::new(NetAcceptor {
        listener,
        local,
        wire,
    })
}

/// The same for a net whose streams have urgent data.
pub fn acceptor_urgent<L>(listener: L, local: Address) -> Box<dyn Acceptor>
where
    L: Listener,
    L::Stream: Socket + Urgent,
{
    let wire = |stream| Wire::Urgent(Box::new(stream));
    Box::new(NetAcceptor {
        listener,
        local,
        wire,
    })
}

struct NetAcceptor<L: Listener> {
    listener: L,
    local: Address,
    wire: fn(L::Stream) -> Wire,
}

impl<L> Acceptor for NetAcceptor<L>
where
    L: Listener,
    L::Stream: Socket,
{
    fn local(&self) -> Address {
        self.local.clone()
    }

    fn accept(&mut self) -> BoxFuture<'_, io::Result<Accepted>> {
        Box::pin(async {
            let stream = self.listener.accept().await?;
            let peer = match stream.peer_addr() {
                Ok(peer) => peer.to_string(),
                Err(error) => format!("unknown ({error})"),
            };
            let host = self.listener.host(&stream);
            let wire = (self.wire)(stream);
            Ok(Accepted { wire, peer, host })
        })
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheme")
            .field("name", &self.name)
            .field("opens", &self.open.is_some())
            .field("listens", &self.listen.is_some())
            .finish_non_exhaustive()
    }
}

fn wrong_scheme(address: &Address, allowed: &str) -> AddressError {
    AddressError::new(Part::Scheme, address.scheme_at, &address.scheme, allowed)
}
