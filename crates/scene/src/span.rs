//! A stretch of time that is drawn from left to right.

use synod_protocols::Micros;

/// The shortest stretch that can be looked at.
pub const SHORTEST_US: Micros = 2_000;

/// From when to when, and between which edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    pub from_us: Micros,
    /// Later than `from_us`.
    pub to_us: Micros,
    pub left: f64,
    pub right: f64,
}

impl Span {
    /// A stretch between two edges; made longer if it has no length.
    pub fn new(from_us: Micros, to_us: Micros, left: f64, right: f64) -> Span {
        Span {
            from_us,
            to_us: to_us.max(from_us + 1),
            left,
            right: right.max(left + 1.0),
        }
    }

    /// Where a moment is drawn; moments outside lie outside the edges.
    pub fn x(&self, time_us: Micros) -> f64 {
        let passed = time_us as f64 - self.from_us as f64;
        self.left + passed * self.pixels_per_us()
    }

    /// The moment at a place, within the stretch.
    pub fn time(&self, x: f64) -> Micros {
        let share = ((x - self.left) / (self.right - self.left)).clamp(0.0, 1.0);
        self.from_us + (share * self.length() as f64).round() as Micros
    }

    pub fn length(&self) -> Micros {
        self.to_us - self.from_us
    }

    pub fn holds(&self, time_us: Micros) -> bool {
        (self.from_us..=self.to_us).contains(&time_us)
    }

    fn pixels_per_us(&self) -> f64 {
        (self.right - self.left) / self.length() as f64
    }

    /// Round moments to be marked, at least so many pixels apart.
    pub fn ticks(&self, apart: f64) -> Vec<Micros> {
        let least = apart / self.pixels_per_us();
        let mut step: Micros = 10;
        'found: while (step as f64) < least {
            for factor in [2, 5, 10] {
                if (step * factor) as f64 >= least {
                    step *= factor;
                    break 'found;
                }
            }
            step *= 10;
        }
        let first = self.from_us.div_ceil(step) * step;
        (0..)
            .map(|k| first + k * step)
            .take_while(|time| *time <= self.to_us)
            .take(200)
            .collect()
    }
}

/// A moment as an axis shows it: `1.25 s`, `340 ms`.
pub fn tick_text(time_us: Micros) -> String {
    let trim = |text: String| text.trim_end_matches('0').trim_end_matches('.').to_string();
    if time_us >= 1_000_000 {
        let text = format!("{}.{:06}", time_us / 1_000_000, time_us % 1_000_000);
        format!("{} s", trim(text))
    } else {
        let text = format!("{}.{:03}", time_us / 1_000, time_us % 1_000);
        format!("{} ms", trim(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_places_answer_each_other() {
        let span = Span::new(1_000_000, 3_000_000, 40.0, 440.0);
        for time in [1_000_000, 1_500_000, 2_345_000, 3_000_000] {
            assert_eq!(span.time(span.x(time)), time);
        }
        assert_eq!(span.time(-5.0), 1_000_000);
        assert_eq!(span.time(900.0), 3_000_000);
    }

    #[test]
    fn ticks_are_round_and_apart() {
        let check = |from: u64, to: u64, expect: &[u64]| {
            assert_eq!(Span::new(from, to, 0.0, 400.0).ticks(80.0), expect);
        };
        check(
            0,
            1_000_000,
            &[0, 200_000, 400_000, 600_000, 800_000, 1_000_000],
        );
        check(5, 5, &[]);
        check(
            130_000,
            230_000,
            &[140_000, 160_000, 180_000, 200_000, 220_000],
        );
        assert_eq!(tick_text(1_250_000), "1.25 s");
        assert_eq!(tick_text(340_000), "340 ms");
        assert_eq!(tick_text(0), "0 ms");
    }
}
