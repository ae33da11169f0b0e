//! How fast a run is played.

/// A rational share of real time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    pub numerator: u64,
    pub denominator: u64,
}

impl Speed {
    /// The speeds that a reader can choose, slowest first.
    pub const ALL: [Speed; 10] = [
        Speed::slower(50),
        Speed::slower(30),
        Speed::slower(20),
        Speed::slower(10),
        Speed::slower(5),
        Speed::slower(2),
        Speed::faster(1),
        Speed::faster(2),
        Speed::faster(5),
        Speed::faster(10),
    ];

    const fn slower(denominator: u64) -> Speed {
        Speed {
            numerator: 1,
            denominator,
        }
    }

    const fn faster(numerator: u64) -> Speed {
        Speed {
            numerator,
            denominator: 1,
        }
    }

    /// Numerator and denominator.
    pub fn ratio(self) -> (u64, u64) {
        (self.numerator, self.denominator)
    }

    /// Its position in [`Speed::ALL`].
    pub fn position(self) -> usize {
        Speed::ALL
            .iter()
            .position(|speed| *speed == self)
            .unwrap_or(0)
    }

    /// How long, in real microseconds, a step of a script stands before the next.
    pub fn step_us(self) -> u64 {
        match (self.numerator, self.denominator) {
            (_, 10..) => 900_000,
            (_, 2..) => 600_000,
            (..5, _) => 300_000,
            _ => 60_000,
        }
    }

    /// How much of the run passes in so much real time, and what remains for the next call in units
    /// of 1/denominator microseconds.
    pub fn scale(self, real_us: u64, remainder: u64) -> (u64, u64) {
        let units = real_us * self.numerator + remainder.min(self.denominator);
        (units / self.denominator, units % self.denominator)
    }
}

impl Default for Speed {
    /// A message takes a quarter of a second to cross, an election a few seconds.
    fn default() -> Speed {
        Speed::slower(20)
    }
}

impl std::fmt::Display for Speed {
    /// `1/20` or `5`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.denominator == 1 {
            write!(f, "{}", self.numerator)
        } else {
            write!(f, "{}/{}", self.numerator, self.denominator)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_lost_between_frames() {
        let speed = Speed {
            numerator: 1,
            denominator: 30,
        };
        let (mut passed, mut rest) = (0, 0);
        for _ in 0..1_000 {
            let (pass, left) = speed.scale(16_667, rest);
            passed += pass;
            rest = left;
        }
        assert_eq!(passed, 16_667_000 / 30);
    }

    #[test]
    fn the_default_can_be_chosen() {
        assert_eq!(Speed::ALL[Speed::default().position()], Speed::default());
        assert_eq!(Speed::default().to_string(), "1/20");
    }
}
