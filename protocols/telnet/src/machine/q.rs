//! The Q method of RFC 1143: what both ends agree on of one option in one direction, without loops.

/// What is agreed on, and what is asked for. The names are those of RFC 1143 section 7; the queue bit
/// stands behind them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// Off.
    #[default]
    No,
    /// On.
    Yes,
    /// On; we have asked for off. `WANTNO`, queue `EMPTY`.
    WantNo,
    /// The same, and then we want it on again: `WANTNO`, queue `OPPOSITE`.
    WantNoOpposite,
    /// Off; we have asked for on: `WANTYES`, queue `EMPTY`.
    WantYes,
    /// The same, and then we want it off again: `WANTYES`, queue `OPPOSITE`.
    WantYesOpposite,
}

/// What comes of something that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The new state.
    pub state: State,
    /// What is answered: on or off.
    pub say: Option<bool>,
    /// The peer answered `DONT` by `WILL`, or `WONT` by `DO`, which it must not.
    pub is_odd: bool,
}

/// What comes of a wish of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wished {
    /// The new state.
    pub state: State,
    /// What is said: on or off.
    pub say: Option<bool>,
}

impl State {
    /// Whether the option is in use: from the agreement on, and until it is agreed that it is not.
    #[must_use]
    pub const fn is_on(self) -> bool {
        matches!(self, Self::Yes | Self::WantNo | Self::WantNoOpposite)
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        !matches!(self, Self::No | Self::Yes)
    }

    /// The peer says on or off; `agrees` is whether we let it be on. Section 7, "Upon receipt of".
    #[must_use]
    pub const fn receive(self, on: bool, agrees: bool) -> Received {
        let (state, say) = match (self, on) {
            (Self::No, true) if agrees => (Self::Yes, Some(true)),
            (Self::No, true) => (Self::No, Some(false)),
            (Self::Yes | Self::WantNoOpposite | Self::WantYes, true) => (Self::Yes, None),
            (Self::WantNo, true) | (Self::No | Self::WantNo | Self::WantYes, false) => {
                (Self::No, None)
            }
            (Self::WantYesOpposite, true) => (Self::WantNo, Some(false)),
            (Self::Yes, false) => (Self::No, Some(false)),
            (Self::WantNoOpposite, false) => (Self::WantYes, Some(true)),
            (Self::WantYesOpposite, false) => (Self::No, None),
        };
        Received {
            state,
            say,
            is_odd: on && matches!(self, Self::WantNo | Self::WantNoOpposite),
        }
    }

    /// We want it on or off. Section 7, "If we decide to ask him". What is so already, or asked for
    /// already, changes nothing.
    #[must_use]
    pub const fn wish(self, on: bool) -> Wished {
        let (state, say) = match (self, on) {
            (Self::No, true) => (Self::WantYes, Some(true)),
            (Self::WantNo, true) => (Self::WantNoOpposite, None),
            (Self::WantYesOpposite, true) => (Self::WantYes, None),
            (Self::Yes, false) => (Self::WantNo, Some(false)),
            (Self::WantNoOpposite, false) => (Self::WantNo, None),
            (Self::WantYes, false) => (Self::WantYesOpposite, None),
            (same, _) => (same, None),
        };
        Wished { state, say }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{No, WantNo, WantNoOpposite, WantYes, WantYesOpposite, Yes};

    /// Section 7 as a table: state; upon receipt of WILL where we agree and where we do not, of WONT;
    /// asked to enable, to disable. Each with what is said.
    type Row = (State, [(State, Option<bool>); 5]);
    const TABLE: [Row; 6] = [
        (
            No,
            [
                (Yes, Some(true)),
                (No, Some(false)),
                (No, None),
                (WantYes, Some(true)),
                (No, None),
            ],
        ),
        (
            Yes,
            [
                (Yes, None),
                (Yes, None),
                (No, Some(false)),
                (Yes, None),
                (WantNo, Some(false)),
            ],
        ),
        (
            WantNo,
            [
                (No, None),
                (No, None),
                (No, None),
                (WantNoOpposite, None),
                (WantNo, None),
            ],
        ),
        (
            WantNoOpposite,
            [
                (Yes, None),
                (Yes, None),
                (WantYes, Some(true)),
                (WantNoOpposite, None),
                (WantNo, None),
            ],
        ),
        (
            WantYes,
            [
                (Yes, None),
                (Yes, None),
                (No, None),
                (WantYes, None),
                (WantYesOpposite, None),
            ],
        ),
        (
            WantYesOpposite,
            [
                (WantNo, Some(false)),
                (WantNo, Some(false)),
                (No, None),
                (WantYes, None),
                (WantYesOpposite, None),
            ],
        ),
    ];

    #[test]
    fn every_transition_is_that_of_section_7() {
        for (state, [agreed, refused, off, enable, disable]) in TABLE {
            let heard = |on, agrees| {
                let received = state.receive(on, agrees);
                (received.state, received.say)
            };
            assert_eq!(heard(true, true), agreed, "{state:?} WILL, agreed");
            assert_eq!(heard(true, false), refused, "{state:?} WILL, refused");
            assert_eq!(heard(false, true), off, "{state:?} WONT");
            assert_eq!(heard(false, false), off, "{state:?} WONT");
            let wished = |on| (state.wish(on).state, state.wish(on).say);
            assert_eq!(wished(true), enable, "{state:?} enable");
            assert_eq!(wished(false), disable, "{state:?} disable");
        }
    }

    #[test]
    fn two_ends_come_to_rest_whatever_they_wish() {
        // Two ends and the wires between them; wishes at any time. In the end both say the same.
        for seed in 0..10_000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut ends = [No, No];
            let mut wires: [std::collections::VecDeque<bool>; 2] = Default::default();
            for _ in 0..random.usize(1..12) {
                let end = random.usize(0..2);
                if random.bool() {
                    let wished = ends[end].wish(random.bool());
                    ends[end] = wished.state;
                    wires[end].extend(wished.say);
                } else if let Some(on) = wires[1 - end].pop_front() {
                    let received = ends[end].receive(on, true);
                    assert!(!received.is_odd, "seed {seed}");
                    ends[end] = received.state;
                    wires[end].extend(received.say);
                }
            }
            let mut said = 0;
            while let Some(end) = (0..2).find(|&end| !wires[1 - end].is_empty()) {
                let on = wires[1 - end].pop_front().unwrap();
                let received = ends[end].receive(on, true);
                ends[end] = received.state;
                wires[end].extend(received.say);
                said += 1;
                assert!(said < 20, "seed {seed}: they go on for ever");
            }
            assert_eq!(ends[0], ends[1], "seed {seed}");
            assert!(!ends[0].is_pending(), "seed {seed}");
        }
    }
}
