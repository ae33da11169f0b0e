//! Version-stable random streams.
//!
//! PCG-XSH-RR 64/32 with a stream for every node, link and client, so that a change in one place
//! does not reshuffle the rest. Ranges are drawn by a multiplication of our own, because the rand
//! crates do not promise the values of theirs; a shared link must replay for ever.

use rand_core::Rng;
use rand_pcg::Pcg32;
use synod_protocols::units::{Chance, Span};

/// A stream of random numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream(Pcg32);

impl Stream {
    /// The stream of a purpose and an owner under a seed.
    pub fn new(seed: u64, purpose: Purpose, owner: u64) -> Stream {
        let stream = (purpose as u64) << 32 | owner;
        Stream(Pcg32::new(mix(seed ^ mix(stream)), stream))
    }

    pub fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// What it would draw next, without drawing it.
    pub fn peek(&self) -> u64 {
        self.0.clone().next_u64()
    }

    /// A number from 0 to bound − 1, by a multiplication; the bias is below bound / 2⁶⁴.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound <= 1 {
            return 0;
        }
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A duration of the span, both ends included, in microseconds.
    pub fn span(&mut self, span: Span) -> u64 {
        if span.min_us == span.max_us {
            return span.min_us;
        }
        span.min_us + self.below(span.max_us - span.min_us + 1)
    }

    /// Whether the chance comes true. Draws nothing where it cannot.
    pub fn hits(&mut self, chance: Chance) -> bool {
        chance != Chance::NEVER && self.below(1_000_000) < u64::from(chance.0)
    }
}

/// What a stream is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    Timers = 1,
    Disk = 2,
    Link = 3,
    Client = 4,
    Coin = 5,
    /// Scenarios drawn by a sweep.
    Sweep = 6,
    /// How long a slow process takes for an input.
    Work = 7,
    /// What a process omits to send or to receive.
    Omission = 8,
}

/// SplitMix64's finaliser: spreads neighbouring seeds far apart.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These values may never change: old links depend on them.
    #[test]
    fn streams_are_frozen() {
        let mut stream = Stream::new(7, Purpose::Link, 3);
        let drawn: Vec<u64> = (0..4).map(|_| stream.below(1_000_000)).collect();
        assert_eq!(drawn, FROZEN);
    }

    const FROZEN: [u64; 4] = [205_627, 621_015, 43_238, 345_102];

    #[test]
    fn draws_stay_in_their_span() {
        let mut stream = Stream::new(1, Purpose::Timers, 0);
        let span = Span::new(3, 5);
        let drawn: Vec<u64> = (0..1_000).map(|_| stream.span(span)).collect();
        assert!(drawn.iter().all(|us| (3..=5).contains(us)));
        assert!((3..=5).all(|us| drawn.contains(&us)));
    }
}
