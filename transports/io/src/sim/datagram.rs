//! Datagrams in memory, as UDP has them: each may be lost, none is cut, nobody is told.
//!
//! ```
//! use lineside_io::{Datagrams, sim::MemoryMail};
//!
//! lineside_io::sim::run(|_| async {
//!     let mail = MemoryMail::new();
//!     let (a, b) = (mail.socket(), mail.socket());
//!     a.send(b"ping", &b.local_addr().unwrap()).await.unwrap();
//!     let mut room = [0; 16];
//!     assert_eq!(b.receive(&mut room).await.unwrap(), (4, a.local_addr().unwrap()));
//! });
//! ```

use core::net::{Ipv4Addr, SocketAddr};
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;

use crate::Datagrams;

/// Datagrams that wait at one socket; a further one is lost.
const WAITING: usize = 64;

/// The port of the first socket.
const FIRST: u16 = 49_152;

/// A network of datagram sockets. Clones are the same network.
#[derive(Clone, Debug, Default)]
pub struct MemoryMail(Arc<Mutex<Office>>);

#[derive(Debug, Default)]
struct Office {
    boxes: HashMap<SocketAddr, mpsc::Sender<Letter>>,
    made: u16,
    loss: Option<(fastrand::Rng, f64)>,
}

#[derive(Debug)]
struct Letter {
    from: SocketAddr,
    bytes: Vec<u8>,
}

impl MemoryMail {
    /// A network that loses nothing until a socket is full.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same network, which from now on loses this share of all datagrams, by a seed.
    #[must_use]
    pub fn losing(self, share: f64, seed: u64) -> Self {
        self.lock().loss = Some((fastrand::Rng::with_seed(seed), share));
        self
    }

    /// A socket at a new port of 127.0.0.1. Up to 16,384 of them.
    #[must_use]
    pub fn socket(&self) -> MemoryDatagrams {
        let mut office = self.lock();
        let port = FIRST.saturating_add(office.made);
        office.made = office.made.saturating_add(1);
        let at = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let (sender, inbox) = mpsc::channel(WAITING);
        office.boxes.insert(at, sender);
        drop(office);
        MemoryDatagrams {
            mail: self.clone(),
            at,
            inbox: tokio::sync::Mutex::new(inbox),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Office> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket of a [`MemoryMail`].
#[derive(Debug)]
pub struct MemoryDatagrams {
    mail: MemoryMail,
    at: SocketAddr,
    inbox: tokio::sync::Mutex<mpsc::Receiver<Letter>>,
}

impl Datagrams for MemoryDatagrams {
    type Addr = SocketAddr;

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.at)
    }

    async fn receive(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let letter = self.inbox.lock().await.recv().await;
        let Letter { from, bytes } = letter.ok_or(io::ErrorKind::NotConnected)?;
        let length = bytes.len().min(into.len());
        for (to, byte) in into.iter_mut().zip(bytes) {
            *to = byte;
        }
        Ok((length, from))
    }

    async fn send(&self, bytes: &[u8], to: &SocketAddr) -> io::Result<()> {
        let mut office = self.mail.lock();
        if let Some((rng, share)) = &mut office.loss
            && rng.f64() < *share
        {
            return Ok(());
        }
        let letter = Letter {
            from: self.at,
            bytes: bytes.to_vec(),
        };
        if let Some(inbox) = office.boxes.get(to) {
            // A full box loses it.
            let _ = inbox.try_send(letter);
        }
        Ok(())
    }
}

impl Drop for MemoryDatagrams {
    fn drop(&mut self) {
        self.mail.lock().boxes.remove(&self.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::run;

    #[test]
    fn a_datagram_that_does_not_fit_is_cut_and_its_rest_lost() {
        run(|_| async {
            let mail = MemoryMail::new();
            let (a, b) = (mail.socket(), mail.socket());
            for text in ["long", "ok"] {
                a.send(text.as_bytes(), &b.at).await.unwrap();
            }
            let mut room = [0; 2];
            for text in ["lo", "ok"] {
                assert_eq!(b.receive(&mut room).await.unwrap(), (2, a.at));
                assert_eq!(room, text.as_bytes());
            }
        });
    }

    #[test]
    fn what_nobody_takes_is_lost() {
        run(|clock| async move {
            let mail = MemoryMail::new();
            let (a, b) = (mail.socket(), mail.socket());
            for number in 0..=WAITING {
                a.send(&[number as u8], &b.at).await.unwrap();
            }
            a.send(b"nobody", &SocketAddr::from(([127, 0, 0, 1], 1)))
                .await
                .unwrap();
            let mut room = [0; 1];
            for number in 0..WAITING {
                b.receive(&mut room).await.unwrap();
                assert_eq!(usize::from(room[0]), number);
            }
            let second = core::time::Duration::from_secs(1);
            assert!(clock.timeout(second, b.receive(&mut room)).await.is_err());
        });
    }

    #[test]
    fn a_share_of_all_is_lost() {
        run(|clock| async move {
            let mail = MemoryMail::new().losing(0.5, 1);
            let (a, b) = (mail.socket(), mail.socket());
            let (mut room, mut came) = ([0; 1], 0);
            for _ in 0..100 {
                a.send(b"?", &b.at).await.unwrap();
                let soon = core::time::Duration::from_nanos(1);
                came += usize::from(clock.timeout(soon, b.receive(&mut room)).await.is_ok());
            }
            assert!((30..70).contains(&came), "{came} of 100");
        });
    }
}
