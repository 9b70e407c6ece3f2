//! What every framing keeps, alone and under the machine of records.

use core::fmt::Debug;

use bytes::Bytes;
use lineside_core::Mark;
use lineside_framing::{Command, Config, Event, Records, wire::Framing};

use crate::{
    Dice,
    laws::{self, Bounds, Heard, LONG, Pace, Player, Story, Wire},
};

pub(super) mod shapes;

/// What the receiver gets of a record; `None` when it cannot be sent.
pub(super) type Arrives = Box<dyn Fn(&[u8]) -> Option<Vec<u8>>>;

/// A framing, small enough that a short input reaches its limits, and what it promises.
pub(super) struct Shape<F> {
    pub(super) framing: F,
    /// The longest record.
    pub(super) max: usize,
    /// What the receiver gets of a record; `None` when it cannot be sent.
    pub(super) arrives: Arrives,
    /// How the framing gets back into step after any bytes.
    pub(super) resync: Resync,
    /// Good records that one damaged, lost or inserted byte costs at most, where that is bounded.
    pub(super) loss: Option<usize>,
    /// The last byte of a frame which, unless it is taken for that frame's, takes the first of the next
    /// one for its own: a lost frame that ends in it costs the next one too.
    pub(super) passes_on: Option<u8>,
}

/// How a framing gets back into step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resync {
    /// After these bytes, with at most as many good records lost.
    Bytes(&'static [u8], usize),
    /// After a silence.
    Silence,
    /// Not by itself.
    Never,
}

/// Every law of a framing. The input's last eight bytes choose the framing's settings and what is
/// done with the rest.
pub(super) fn run<F, C>(input: &[u8], choose: C)
where
    F: Framing + Clone + Debug,
    C: FnOnce(&mut Dice) -> Shape<F>,
{
    let (data, mut dice) = Dice::of(input);
    let shape = choose(&mut dice);
    let _blame = Blame(&shape.framing);
    match dice.below(5) {
        0 => shape.any_line_tells_one_story(data, &mut dice),
        1 => shape.records_survive_a_round_trip(data, &mut dice),
        2 => shape.a_good_record_follows_garbage(data, &mut dice),
        3 => shape.one_damage_costs_few_records(data, &mut dice),
        _ => shape.a_damaged_line_tells_one_story(data, &mut dice),
    }
}

/// Names the settings when a law is broken.
struct Blame<'s, F: Debug>(&'s F);

impl<F: Debug> Drop for Blame<'_, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with {:?}", self.0);
        }
    }
}

/// What a receiver takes and this sender does not send, at most: a leading flag, and an escaped
/// address and control field.
const TAKEN_TOO: usize = 5;

impl<F: Framing + Clone + Debug> Shape<F> {
    fn machine(&self) -> Records<F> {
        Records::new(self.framing.clone(), Config::default())
    }

    fn bounds(&self) -> Bounds {
        let sent = self.framing.max_encoded_len(self.max);
        Bounds {
            unread: sent + TAKEN_TOO,
            unsent: sent,
            own: 0,
        }
    }

    fn pace(&self) -> Pace {
        let silent = self.framing.silence().is_some();
        Pace {
            char_time: Config::default().char_time,
            longest: if silent { 3 } else { usize::MAX },
        }
    }

    fn any_line_tells_one_story(&self, data: &[u8], dice: &mut Dice) {
        let line = script(data, dice);
        self.tells_one_story(&line, dice);
        laws::a_prefix_tells_no_other_story(|| self.machine(), self.bounds(), data, dice);
    }

    /// Good frames with damage among them: what no fuzzer makes of raw bytes, where there is a check.
    fn a_damaged_line_tells_one_story(&self, data: &[u8], dice: &mut Dice) {
        let mut stream = Vec::new();
        for record in dice.cut(data, self.max) {
            let mut frame = self.encode(record).unwrap_or_else(|| record.to_vec());
            if dice.once_in(3) {
                damage(&mut frame, dice);
            }
            stream.extend(frame);
        }
        let line = script(&stream, dice);
        self.tells_one_story(&line, dice);
    }

    fn tells_one_story(&self, line: &[Heard<'_>], dice: &mut Dice) {
        let story =
            laws::cuts_do_not_matter(|| self.machine(), self.bounds(), line, self.pace(), dice);
        for event in &story.events {
            if let Event::Record(record) = event {
                assert!(
                    record.len() <= self.longest_received(),
                    "{record:02x?} is too long"
                );
            }
        }
    }

    /// A delimiter may stay on a record.
    fn longest_received(&self) -> usize {
        self.framing.max_encoded_len(self.max)
    }

    fn records_survive_a_round_trip(&self, data: &[u8], dice: &mut Dice) {
        let records = |dice: &mut Dice| -> Vec<Bytes> {
            let mut pieces = dice.cut(data, self.max + 2);
            pieces.truncate(20);
            if dice.once_in(4) {
                pieces.push(&[]);
            }
            pieces.into_iter().map(Bytes::copy_from_slice).collect()
        };
        let (there, back) = (records(dice), records(dice));
        let silent = self.framing.silence().is_some();
        let wire = Wire {
            char_time: Config::default().char_time,
            longest: if silent { 1 } else { 9 },
            stalls: !silent,
        };
        let commands = |records: &[Bytes]| {
            records
                .iter()
                .cloned()
                .map(Command::Record)
                .collect::<Vec<_>>()
        };
        let (first, second) = laws::duel(
            (self.machine(), commands(&there)),
            (self.machine(), commands(&back)),
            self.bounds(),
            wire,
            dice,
        );
        self.got(&second.story, &there, &first.refused);
        self.got(&first.story, &back, &second.refused);
    }

    /// `story` is that of the receiver of `sent`, of which the sender has refused some.
    fn got(&self, story: &Story<Event>, sent: &[Bytes], refused: &[usize]) {
        let arrives: Vec<Option<Vec<u8>>> = sent.iter().map(|one| (self.arrives)(one)).collect();
        for (at, record) in sent.iter().enumerate() {
            let cannot = arrives.get(at).is_some_and(Option::is_none);
            assert_eq!(refused.contains(&at), cannot, "{record:02x?} refused");
        }
        let expected: Vec<Event> = arrives
            .into_iter()
            .flatten()
            .map(|record| Event::Record(record.into()))
            .collect();
        assert_eq!(story.events, expected, "left: received; right: sent");
    }

    fn a_good_record_follows_garbage(&self, data: &[u8], dice: &mut Dice) {
        let good = self.some_record(dice);
        let Some(frame) = self.encode(&good) else {
            return;
        };
        let mut player = Player::new(self.machine(), self.bounds());
        self.feed(&mut player, data, dice);
        let lost = match &self.resync {
            Resync::Never => return,
            Resync::Silence => 0,
            Resync::Bytes(separator, lost) => {
                player.feed(separator);
                *lost
            }
        };
        player.pass(LONG);
        let filler = self.encode(&vec![b'.'; self.max]).unwrap_or_default();
        for frame in core::iter::repeat_n(&filler, lost).chain([&frame]) {
            self.feed(&mut player, frame, dice);
            player.pass(LONG);
        }
        player.end();
        let received = records(&player.into_story());
        assert_eq!(
            received.last(),
            (self.arrives)(&good).as_ref(),
            "after {data:02x?}"
        );
    }

    fn one_damage_costs_few_records(&self, data: &[u8], dice: &mut Dice) {
        let Some(loss) = self.loss else {
            return;
        };
        let mut pieces = dice.cut(data, self.max);
        pieces.retain(|record| self.encode(record).is_some());
        pieces.truncate(8);
        let mut frames: Vec<Vec<u8>> = pieces
            .iter()
            .filter_map(|record| self.encode(record))
            .collect();
        let hit = dice.below(frames.len());
        let Some(frame) = frames.get_mut(hit) else {
            return;
        };
        damage(frame, dice);
        let mut player = Player::new(self.machine(), self.bounds());
        for frame in &frames {
            self.feed(&mut player, frame, dice);
            if self.framing.silence().is_some() {
                player.pass(LONG);
            }
        }
        player.end();
        let received = records(&player.into_story());
        let sent: Vec<Vec<u8>> = pieces
            .iter()
            .filter_map(|record| (self.arrives)(record))
            .collect();
        let kept = common(&sent, &received);
        let passed_on = frames.iter().skip(hit + 1).take_while(|frame| {
            let last = frame.last();
            last.is_some() && last == self.passes_on.as_ref()
        });
        assert!(
            kept + loss + passed_on.count() >= sent.len(),
            "frame {hit} damaged: {frames:02x?}\nsent {sent:02x?}\nreceived {received:02x?}"
        );
    }

    /// Back to back, as a driver hands it over.
    fn feed(&self, player: &mut Player<Records<F>>, bytes: &[u8], dice: &mut Dice) {
        let pace = self.pace();
        let mut cut = |rest: &[u8]| 1 + dice.below(rest.len().min(pace.longest));
        player.hear(&Heard::Bytes(bytes), pace, &mut cut);
    }

    /// A record that can be sent.
    fn some_record(&self, dice: &mut Dice) -> Vec<u8> {
        let len = 1 + dice.below(self.max);
        let mut record: Vec<u8> = (0..len)
            .map(|_| u8::try_from(dice.below(256)).unwrap_or(0))
            .collect();
        if (self.arrives)(&record).is_none() {
            record.fill(b'.');
        }
        if (self.arrives)(&record).is_none() {
            record.resize(self.max, b'.');
        }
        record
    }

    /// The frame of a record, unless it cannot be sent.
    fn encode(&self, record: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0xEE; self.framing.max_encoded_len(record.len())];
        let (head, tail) = record.split_at(record.len() / 2);
        let len = self.framing.encode(&[head, tail], &mut out).ok()?;
        out.truncate(len);
        Some(out)
    }
}

/// Puts idle times and marks into a line.
///
/// A silence of 3.5 characters is over when nothing has come for so long. A character that begins
/// after 2.6 of them is complete after 3.6, so that a receiver of whole characters takes the pause for a
/// silence or not, depending on when it looks: such pauses are left out, and so that a pause stays
/// what it is, the character after it comes alone.
fn script<'d>(data: &'d [u8], dice: &mut Dice) -> Vec<Heard<'d>> {
    let char_time = Config::default().char_time;
    let mut line = Vec::new();
    let longest = if dice.once_in(2) { data.len() } else { 12 };
    for piece in dice.cut(data, longest) {
        let (first, rest) = piece.split_at(1);
        line.push(Heard::Bytes(first));
        line.push(Heard::Bytes(rest));
        match dice.below(6) {
            0 => {
                // Just within and just beyond t1.5 and t3.5, or much more.
                let tenths = [10, 14, 15, 16, 24, 35, 36, 1_000];
                let tenths = tenths.get(dice.below(tenths.len())).copied().unwrap_or(10);
                line.push(Heard::Idle(char_time * tenths / 10));
            }
            1 => line.push(Heard::Mark(match dice.below(4) {
                0 => Mark::Break,
                1 => Mark::Overrun,
                2 => Mark::Framing(0),
                _ => Mark::Parity(0x41),
            })),
            _ => {}
        }
    }
    line
}

/// Flips a bit, or takes a byte out, or puts one in.
pub(super) fn damage(frame: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(frame.len());
    let any = u8::try_from(dice.below(256)).unwrap_or(0);
    match dice.below(3) {
        0 => {
            if let Some(byte) = frame.get_mut(at) {
                *byte ^= 1 << (any % 8);
            }
        }
        1 if !frame.is_empty() => {
            frame.remove(at);
        }
        _ => frame.insert(at, any),
    }
}

fn records(story: &Story<Event>) -> Vec<Vec<u8>> {
    let record = |event: &Event| match event {
        Event::Record(record) => Some(record.to_vec()),
        Event::Damaged { .. } => None,
    };
    story.events.iter().filter_map(record).collect()
}

/// The length of the longest common subsequence.
fn common(sent: &[Vec<u8>], received: &[Vec<u8>]) -> usize {
    let mut row = vec![0; received.len()];
    for one in sent {
        let (mut left, mut diagonal) = (0, 0);
        for (other, cell) in received.iter().zip(&mut row) {
            let here = if one == other {
                diagonal + 1
            } else {
                left.max(*cell)
            };
            diagonal = core::mem::replace(cell, here);
            left = here;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_common_is_counted_in_order() {
        let of = |text: &str| text.bytes().map(|byte| vec![byte]).collect::<Vec<_>>();
        assert_eq!(common(&of("abcd"), &of("abcd")), 4);
        assert_eq!(common(&of("abcd"), &of("acxd")), 3);
        assert_eq!(common(&of("abcd"), &of("dcba")), 1);
        assert_eq!(common(&of(""), &of("a")), 0);
    }
}
