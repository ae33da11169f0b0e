//! A quorum system as people write it: `majority`, `3`, `weights 3 1 1`, `grid 2x3`.

use super::Quorum;
use crate::ids::NodeSet;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The heaviest weight of one member.
const HEAVIEST: u32 = 1_000;

/// A quorum system before it is known who its members are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum QuorumSpec {
    Majority,
    /// So many, whoever they are.
    Count(usize),
    /// More than half of the sum of these weights, one a member.
    Weights(Vec<u32>),
    /// A full row and one member of every other row.
    Grid(usize, usize),
    /// A full row.
    Row(usize, usize),
    /// A full column.
    Column(usize, usize),
}

impl QuorumSpec {
    /// Reads `majority`, `3`, `weights 3 1 1`, `grid 2x3`, `row 2x3` or `column 2x3` (rows by
    /// columns).
    ///
    /// # Errors
    /// A sentence, if the text is none of these.
    pub fn parse(text: &str) -> Result<QuorumSpec, String> {
        let wrong = || {
            format!(
                "`{text}` is no quorum system; write `majority`, a number, `weights 3 1 1`, \
                 `grid 2x3`, `row 2x3` or `column 2x3`"
            )
        };
        let mut words = text.split_whitespace();
        let (first, rest) = (words.next().ok_or_else(wrong)?, words);
        let rest: Vec<&str> = rest.collect();
        let size = || -> Result<(usize, usize), String> {
            let [size] = rest[..] else {
                return Err(wrong());
            };
            let (rows, columns) = size.split_once('x').ok_or_else(wrong)?;
            let number = |text: &str| match text.parse::<usize>() {
                Ok(number) if (1..=100).contains(&number) => Ok(number),
                _ => Err(wrong()),
            };
            Ok((number(rows)?, number(columns)?))
        };
        match first {
            "majority" if rest.is_empty() => Ok(QuorumSpec::Majority),
            "weights" if !rest.is_empty() && rest.len() <= 100 => {
                let weight = |word: &&str| match word.parse::<u32>() {
                    Ok(weight) if weight <= HEAVIEST => Ok(weight),
                    _ => Err(format!(
                        "`{word}` is no weight; they are whole numbers up to {HEAVIEST}"
                    )),
                };
                let weights: Vec<u32> = rest.iter().map(weight).collect::<Result<_, _>>()?;
                if weights.iter().all(|weight| *weight == 0) {
                    return Err("at least one weight is above 0".into());
                }
                Ok(QuorumSpec::Weights(weights))
            }
            "grid" => size().map(|(rows, columns)| QuorumSpec::Grid(rows, columns)),
            "row" => size().map(|(rows, columns)| QuorumSpec::Row(rows, columns)),
            "column" => size().map(|(rows, columns)| QuorumSpec::Column(rows, columns)),
            number if rest.is_empty() => match number.parse::<usize>() {
                Ok(count) if (1..=100).contains(&count) => Ok(QuorumSpec::Count(count)),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }

    /// The system over these members.
    ///
    /// # Errors
    /// A sentence, if it does not fit their number.
    pub fn over(&self, members: NodeSet) -> Result<Quorum, String> {
        let n = members.len();
        let columns = |rows: usize, columns: usize| match rows * columns == n {
            true => Ok(columns),
            false => Err(format!(
                "a grid of {rows} rows and {columns} columns has {} places, but {n} servers count",
                rows * columns
            )),
        };
        Ok(match self {
            QuorumSpec::Majority => Quorum::Majority { members },
            QuorumSpec::Count(size) if *size <= n => Quorum::Threshold {
                members,
                size: *size,
            },
            QuorumSpec::Count(size) => {
                return Err(format!(
                    "a quorum of {size} is more than the {n} that count"
                ));
            }
            QuorumSpec::Weights(weights) if weights.len() == n => Quorum::Weighted {
                members,
                weights: weights.clone(),
            },
            QuorumSpec::Weights(weights) => {
                return Err(format!(
                    "there are {} weights, but {n} servers count",
                    weights.len()
                ));
            }
            QuorumSpec::Grid(rows, width) => Quorum::Grid {
                members,
                columns: columns(*rows, *width)?,
            },
            QuorumSpec::Row(rows, width) => Quorum::Row {
                members,
                columns: columns(*rows, *width)?,
            },
            QuorumSpec::Column(rows, width) => Quorum::Column {
                members,
                columns: columns(*rows, *width)?,
            },
        })
    }
}

impl fmt::Display for QuorumSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QuorumSpec::Majority => f.write_str("majority"),
            QuorumSpec::Count(count) => write!(f, "{count}"),
            QuorumSpec::Weights(weights) => {
                f.write_str("weights")?;
                weights.iter().try_for_each(|weight| write!(f, " {weight}"))
            }
            QuorumSpec::Grid(rows, columns) => write!(f, "grid {rows}x{columns}"),
            QuorumSpec::Row(rows, columns) => write!(f, "row {rows}x{columns}"),
            QuorumSpec::Column(rows, columns) => write!(f, "column {rows}x{columns}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_read_and_show() {
        for text in [
            "majority",
            "3",
            "weights 3 1 0 1",
            "grid 2x3",
            "row 2x3",
            "column 3x2",
        ] {
            let spec = QuorumSpec::parse(text).expect(text);
            assert_eq!(spec.to_string(), text);
        }
        for bad in [
            "",
            "0",
            "101",
            "most",
            "grid",
            "grid 2",
            "grid 0x3",
            "weights",
            "weights 0 0",
            "weights 1 x",
            "majority 3",
            "3 4",
            "row 2x3x4",
        ] {
            assert!(QuorumSpec::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_system_must_fit_its_members() {
        let over = |text: &str, n: usize| {
            let spec = QuorumSpec::parse(text).expect(text);
            spec.over(NodeSet::first(n)).is_ok()
        };
        assert!(over("grid 2x3", 6) && !over("grid 2x3", 5));
        assert!(over("weights 1 2 3", 3) && !over("weights 1 2 3", 4));
        assert!(over("5", 5) && !over("6", 5));
    }
}
