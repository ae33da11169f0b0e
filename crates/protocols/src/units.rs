//! Durations, ranges and chances, as people write them: `150ms..300ms`, `5%`, `1/20`.
//!
//! All are whole numbers inside: microseconds and millionths. No floating point is involved.

use crate::ids::Micros;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest duration that a scenario may name: one simulated day.
pub const LONGEST_US: Micros = 86_400_000_000;

/// An inclusive range of durations in microseconds; the world draws evenly from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    pub min_us: Micros,
    pub max_us: Micros,
}

impl Span {
    pub const fn new(min_us: Micros, max_us: Micros) -> Span {
        Span { min_us, max_us }
    }

    pub const fn fixed(us: Micros) -> Span {
        Span {
            min_us: us,
            max_us: us,
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min_us == self.max_us {
            f.write_str(&show_duration(self.min_us))
        } else {
            write!(
                f,
                "{}..{}",
                show_duration(self.min_us),
                show_duration(self.max_us)
            )
        }
    }
}

/// A chance in millionths: 0 is never, 1,000,000 is always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Chance(pub u32);

impl Chance {
    pub const NEVER: Chance = Chance(0);
    pub const ALWAYS: Chance = Chance(1_000_000);
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            write!(f, "{whole}%")
        } else {
            let digits = format!("{rest:04}");
            write!(f, "{whole}.{}%", digits.trim_end_matches('0'))
        }
    }
}

/// Reads `250us`, `1.5ms`, `2s`, `3min` or `0`.
///
/// # Errors
/// A sentence, if the text is no such duration or exceeds one day.
pub fn parse_duration(text: &str) -> Result<Micros, String> {
    let text = text.trim();
    if text == "0" {
        return Ok(0);
    }
    let split = text
        .find(|c: char| c.is_ascii_alphabetic() || c == 'µ')
        .ok_or_else(|| {
            format!("`{text}` has no unit; write a duration such as `150ms`, `2s` or `500us`")
        })?;
    let (number, unit) = text.split_at(split);
    let scale: u64 = match unit.trim() {
        "us" | "µs" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "min" => 60_000_000,
        "h" => 3_600_000_000,
        other => {
            return Err(format!(
                "`{other}` is no unit of time; use us, ms, s, min or h"
            ));
        }
    };
    let value = parse_decimal(number.trim(), scale)
        .ok_or_else(|| format!("`{text}` is not a duration; write for example `150ms`"))?;
    if value > LONGEST_US {
        return Err(format!(
            "`{text}` is longer than one day, the most that a run can last"
        ));
    }
    Ok(value)
}

/// Reads a duration or a range of them: `10ms` or `150ms..300ms`.
///
/// # Errors
/// A sentence, if either end is no duration or they are in the wrong order.
pub fn parse_span(text: &str) -> Result<Span, String> {
    let Some((low, high)) = text.split_once("..") else {
        return parse_duration(text).map(Span::fixed);
    };
    let unit = high
        .trim()
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let bare = low.trim();
    let low = if bare != "0" && bare.chars().all(|c| c.is_ascii_digit() || c == '.') {
        parse_duration(&format!("{bare}{unit}"))?
    } else {
        parse_duration(bare)?
    };
    let high = parse_duration(high)?;
    if low > high {
        return Err(format!(
            "`{text}` runs backwards; write the smaller duration first"
        ));
    }
    Ok(Span::new(low, high))
}

/// Reads `5%`, `0.25%`, `1/20`, `0` or `1`.
///
/// # Errors
/// A sentence, if the text is no chance between never and always.
pub fn parse_chance(text: &str) -> Result<Chance, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is not a chance; write `5%`, `1/20`, `0` or `1`");
    let millionths = if let Some(percent) = text.strip_suffix('%') {
        parse_decimal(percent.trim(), 10_000).ok_or_else(wrong)?
    } else if let Some((a, b)) = text.split_once('/') {
        let a: u64 = a.trim().parse().map_err(|_| wrong())?;
        let b: u64 = b.trim().parse().map_err(|_| wrong())?;
        if b == 0 || a > b {
            return Err(wrong());
        }
        (u128::from(a) * 1_000_000 / u128::from(b)) as u64
    } else {
        match text {
            "0" => 0,
            "1" => 1_000_000,
            _ => return Err(wrong()),
        }
    };
    if millionths > 1_000_000 {
        return Err(format!(
            "`{text}` is more than always; a chance is at most 100%"
        ));
    }
    Ok(Chance(millionths as u32))
}

/// Shows microseconds in the largest unit that needs at most three decimals: `1.25ms`.
pub fn show_duration(us: Micros) -> String {
    let (scale, unit) = match us {
        0 => return "0".to_string(),
        1..1_000 => (1, "us"),
        1_000..1_000_000 => (1_000, "ms"),
        _ => (1_000_000, "s"),
    };
    let digits = match scale {
        1 => 0,
        1_000 => 3,
        _ => 6,
    };
    let (whole, rest) = (us / scale, us % scale);
    if rest == 0 {
        return format!("{whole}{unit}");
    }
    let decimals = format!("{rest:0digits$}");
    format!("{whole}.{}{unit}", decimals.trim_end_matches('0'))
}

/// Reads a plain decimal as a whole multiple of 1/scale; `None` if it is none or too fine.
fn parse_decimal(text: &str, scale: u64) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |s: &str| s.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 9 {
        return None;
    }
    let mut value = whole.parse::<u64>().ok()?.checked_mul(scale)?;
    if !decimals.is_empty() {
        let power = 10u64.pow(decimals.len() as u32);
        let part = decimals.parse::<u64>().ok()?.checked_mul(scale)?;
        if part % power != 0 {
            return None;
        }
        value = value.checked_add(part / power)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_show() {
        let check = |text: &str, us: u64| assert_eq!(parse_duration(text), Ok(us), "{text}");
        check("0", 0);
        check("150ms", 150_000);
        check("1.5s", 1_500_000);
        check("7us", 7);
        check("2min", 120_000_000);
        for us in [0, 1, 999, 1_000, 1_250, 999_999, 1_000_000, 1_234_567] {
            assert_eq!(parse_duration(&show_duration(us)), Ok(us));
        }
        for bad in [
            "",
            "12",
            "ms",
            "1.0001ms",
            "-3ms",
            "25h",
            "1e3s",
            "99999999999999999s",
        ] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spans_and_chances() {
        assert_eq!(parse_span("150ms..300ms"), Ok(Span::new(150_000, 300_000)));
        assert_eq!(parse_span("150..300ms"), Ok(Span::new(150_000, 300_000)));
        assert_eq!(parse_span("0..5ms"), Ok(Span::new(0, 5_000)));
        assert!(parse_span("3ms..1ms").is_err());
        assert_eq!(parse_chance("5%"), Ok(Chance(50_000)));
        assert_eq!(parse_chance("0.25%"), Ok(Chance(2_500)));
        assert_eq!(parse_chance("1/20"), Ok(Chance(50_000)));
        assert_eq!(Chance(2_500).to_string(), "0.25%");
        for bad in ["101%", "2/1", "1/0", "half", "-1%"] {
            assert!(parse_chance(bad).is_err(), "{bad}");
        }
    }
}
