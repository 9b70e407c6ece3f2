//! A foreign codec on a wire.

use std::collections::VecDeque;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Codec;
use crate::{
    script::{Line, Step},
    wire::End,
};

pub(super) struct Port {
    end: End,
    codec: Box<dyn Codec>,
    found: VecDeque<Line>,
    over: bool,
}

impl Port {
    pub(super) fn new(end: End, codec: Box<dyn Codec>) -> Self {
        Self {
            end,
            codec,
            found: VecDeque::new(),
            over: false,
        }
    }

    pub(super) async fn follow(&mut self, step: Step, lines: &mut Vec<Line>) -> Result<(), String> {
        match step {
            Step::Send(record) => {
                let frame = self.codec.encode(&record)?;
                return self.write(&frame).await;
            }
            Step::Recv(count) => {
                let mut good = 0;
                while good < count
                    && let Some(line) = self.next().await
                {
                    good += usize::from(matches!(line, Line::Record(_)));
                    lines.push(line);
                }
            }
            Step::Calls(_) | Step::Wait(_) | Step::Telnet(_) | Step::Port(_) => {
                return Err("a framing has no calls".to_owned());
            }
        }
        Ok(())
    }

    /// Sends a record back; one that the crate refuses to encode is no reason to stop.
    ///
    /// # Errors
    /// The wire's.
    pub(super) async fn echo(&mut self, record: &[u8]) -> Result<(), String> {
        match self.codec.encode(record) {
            Ok(frame) => self.write(&frame).await,
            Err(_) => Ok(()),
        }
    }

    async fn write(&mut self, frame: &[u8]) -> Result<(), String> {
        let failed = |error: std::io::Error| error.to_string();
        self.end.write_all(frame).await.map_err(failed)?;
        self.end.flush().await.map_err(failed)
    }

    /// What the codec makes of the bytes next; `None` when the stream is over.
    pub(super) async fn next(&mut self) -> Option<Line> {
        while self.found.is_empty() && !self.over {
            self.read().await;
        }
        self.found.pop_front()
    }

    async fn read(&mut self) {
        let mut chunk = [0; 1024];
        let count = self.end.read(&mut chunk).await.unwrap_or(0);
        let mut found = Vec::new();
        if count == 0 {
            self.codec.end(&mut found);
            self.over = true;
        } else {
            let bytes = chunk.get(..count).unwrap_or_default();
            if let Err(why) = self.codec.decode(bytes, &mut found) {
                found.push(Line::Damaged(why));
                self.over = true;
            }
        }
        self.found.extend(found);
    }
}
