//! Client against server over a wire that takes a few bytes at a time, in virtual time: whatever is
//! negotiated meanwhile, what one says the other hears.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use core::{future::poll_fn, pin::pin, task::Poll};

use lineside_io::sim::run;
use lineside_telnet::{
    Command, Config, Event, OptionSet, Party,
    net::{Client, Error, Server, Session},
    wire::TelnetOption,
};
use tokio::{io::DuplexStream, sync::Barrier};

const BOTH: [TelnetOption; 3] = [TelnetOption::BINARY, TelnetOption::SGA, TelnetOption::ECHO];

fn config() -> Config {
    let mut config = Config::default();
    config.ours = OptionSet::of(&BOTH).with(TelnetOption::TIMING_MARK);
    config.theirs = OptionSet::of(&BOTH);
    config
}

/// Says `count` pieces, changes its mind about options between them, and hears until the other ends.
/// Gives what was said and what was heard.
async fn talk(
    session: &mut Session<DuplexStream>,
    seed: u64,
    count: usize,
    done: &Barrier,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut said, mut heard) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let length = random.usize(0..40);
        let piece: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
        said.extend_from_slice(&piece);
        session.submit(Command::Data(piece.into())).unwrap();
        let option = random.choice(BOTH).unwrap();
        let party = random.choice([Party::Us, Party::Peer]).unwrap();
        session.want(party, option, random.bool()).unwrap();
        // Both say much before they hear: only who drives his session lets the other go on.
        while let Some(event) = soon(session).await? {
            hear(event, &mut heard);
        }
    }
    let mark = TelnetOption::TIMING_MARK;
    session.want(Party::Peer, mark, true).unwrap();
    loop {
        match session.next().await?.unwrap() {
            // The other has heard all.
            Event::Option { option, .. } if option == mark => break,
            event => hear(event, &mut heard),
        }
    }
    session.submit(Command::Data("end".into())).unwrap();
    while !heard.ends_with(b"end") {
        hear(session.next().await?.unwrap(), &mut heard);
    }
    // Each goes on until both have heard all.
    let mut both = pin!(done.wait());
    loop {
        tokio::select! {
            _ = &mut both => return Ok((said, heard)),
            event = session.next() => hear(event?.unwrap(), &mut heard),
        }
    }
}

/// The next event, if there is one without waiting.
async fn soon(session: &mut Session<DuplexStream>) -> Result<Option<Event>, Error> {
    poll_fn(|cx| match session.poll_next(cx) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(Ok(None)),
    })
    .await
}

fn hear(event: Event, heard: &mut Vec<u8>) {
    if let Event::Data(data) = event {
        heard.extend(data);
    }
}

/// Line ends are written in two ways, by whether BINARY is on.
fn without_line_ends(data: &[u8]) -> Vec<u8> {
    let all = data.iter().copied();
    all.filter(|byte| !matches!(byte, b'\r' | b'\n')).collect()
}

#[test]
fn what_one_says_the_other_hears_whatever_is_negotiated() {
    for seed in 0..60 {
        run(move |clock| async move {
            let room = 1 + usize::try_from(seed).unwrap() % 20;
            let (near, far) = tokio::io::duplex(room);
            let mut client = Client::new(config()).clock(clock.clone()).over(near);
            let mut server = Server::new(config()).clock(clock.clone()).over(far);
            let done = Barrier::new(2);
            let (one, other) = tokio::join!(
                talk(&mut client, seed, 12, &done),
                talk(&mut server, !seed, 12, &done)
            );
            let (there, back) = (one.unwrap(), other.unwrap());
            for (said, heard) in [(there.0, back.1), (back.0, there.1)] {
                let said = [&said[..], b"end"].concat();
                assert_eq!(
                    without_line_ends(&heard),
                    without_line_ends(&said),
                    "seed {seed}, left: heard; right: said"
                );
            }
        });
    }
}
