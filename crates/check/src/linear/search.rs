//! The search for an order, one key at a time.

use super::Operation;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use synod_protocols::kv::LONGEST_TEXT;
use synod_protocols::{Op, Outcome};

/// Why a key's history has no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub key: SmolStr,
    /// The operations of the smallest prefix that fails, in the order of their invocations.
    pub operations: Vec<Operation>,
    /// Which of them cannot be placed: the one whose return closes that prefix.
    pub misplaced: usize,
}

/// What the check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Linearizable,
    Violated(Evidence),
    /// The bound on visited configurations was reached at this key; nothing is known of it.
    GaveUp {
        key: SmolStr,
    },
}

/// Checks a history key by key, with at most `most_visited` configurations a search.
///
/// A violation of one key outweighs a search given up at another.
pub fn check(history: &[Operation], most_visited: usize) -> Verdict {
    let mut keys: BTreeMap<&SmolStr, Vec<&Operation>> = BTreeMap::new();
    for operation in history {
        keys.entry(operation.key()).or_default().push(operation);
    }
    let mut verdict = Verdict::Linearizable;
    for (key, mut operations) in keys {
        operations.sort_by_key(|operation| operation.invoked);
        match search(&operations, most_visited) {
            Some(true) => {}
            Some(false) => match evidence(key, &operations, most_visited) {
                Some(evidence) => return Verdict::Violated(evidence),
                // What fails has an answer that closes it.
                None => continue,
            },
            None if verdict == Verdict::Linearizable => {
                verdict = Verdict::GaveUp { key: key.clone() };
            }
            None => {}
        }
    }
    verdict
}

/// The smallest failing prefix: what fails once stays failing, so that halving finds it. Where the
/// bound hides whether a prefix fails, a longer one that does is taken.
fn evidence(key: &SmolStr, operations: &[&Operation], most_visited: usize) -> Option<Evidence> {
    let mut ends: Vec<u64> = operations
        .iter()
        .filter_map(|o| Some(o.returned.as_ref()?.0))
        .collect();
    ends.sort_unstable();
    let (mut low, mut high) = (0, ends.len().checked_sub(1)?);
    while low < high {
        let middle = usize::midpoint(low, high);
        let prefix = until(operations, ends[middle]);
        match search(&prefix.iter().collect::<Vec<_>>(), most_visited) {
            Some(false) => high = middle,
            Some(true) | None => low = middle + 1,
        }
    }
    let end = ends[low];
    let operations = until(operations, end);
    let closes = |o: &Operation| o.returned.as_ref().is_some_and(|(at, _)| *at == end);
    let misplaced = operations.iter().position(closes)?;
    Some(Evidence {
        key: key.clone(),
        operations,
        misplaced,
    })
}

/// What was invoked by `end`, with the answers that had come by then.
fn until(operations: &[&Operation], end: u64) -> Vec<Operation> {
    let begun = operations
        .iter()
        .filter(|operation| operation.invoked <= end);
    let known = begun.map(|operation| {
        let mut operation = Operation::clone(operation);
        operation.returned = operation.returned.filter(|(at, _)| *at <= end);
        operation
    });
    known.collect()
}

/// Which operations have taken effect, and what is stored then.
type Configuration = (Vec<u64>, Option<SmolStr>);

/// Whether an order exists; `None` if the bound was reached before that was known.
fn search(operations: &[&Operation], most_visited: usize) -> Option<bool> {
    let start: Configuration = (vec![0; operations.len().div_ceil(64)], None);
    let mut seen = BTreeSet::from([start.clone()]);
    let mut stack = vec![start];
    while let Some((placed, value)) = stack.pop() {
        let open = |k: &usize| placed[k / 64] >> (k % 64) & 1 == 0;
        let returns = |k: usize| operations[k].returned.as_ref().map(|(at, _)| *at);
        let first = (0..operations.len()).filter(open).filter_map(returns).min();
        // Every answered operation has its place; those without an answer need none.
        let Some(first) = first else {
            return Some(true);
        };
        for k in (0..operations.len()).filter(open) {
            if operations[k].invoked > first {
                break;
            }
            let (outcome, after) = step(&operations[k].op, value.as_ref());
            if operations[k]
                .returned
                .as_ref()
                .is_some_and(|(_, told)| *told != outcome)
            {
                continue;
            }
            let mut next = placed.clone();
            next[k / 64] |= 1 << (k % 64);
            if seen.insert((next.clone(), after.clone())) {
                if seen.len() > most_visited {
                    return None;
                }
                stack.push((next, after));
            }
        }
    }
    Some(false)
}

/// What the store answers to an operation on a key that holds `value`, and what it holds then.
fn step(op: &Op, value: Option<&SmolStr>) -> (Outcome, Option<SmolStr>) {
    let kept = value.cloned();
    match op {
        Op::Get { .. } => (
            Outcome::Value {
                value: kept.clone(),
            },
            kept,
        ),
        Op::Put { value, .. } => (Outcome::Done, Some(value.clone())),
        Op::Append { value: more, .. } => {
            let old = value.map_or("", |old| old.as_str());
            if old.len() + more.len() > LONGEST_TEXT {
                return (Outcome::TooLong, kept);
            }
            (Outcome::Done, Some(SmolStr::from(format!("{old}{more}"))))
        }
        Op::Cas {
            expect, value: new, ..
        } if value == Some(expect) => (Outcome::Done, Some(new.clone())),
        Op::Cas { .. } => (
            Outcome::Differs {
                value: kept.clone(),
            },
            kept,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use synod_protocols::ClientId;

    fn value(text: &str) -> Outcome {
        let value = (text != "-").then(|| SmolStr::new(text));
        Outcome::Value { value }
    }

    /// Operations as (invoked, returned or 0, command, outcome).
    fn check_history(rows: &[(u64, u64, &str, Outcome)], expect: Result<(), usize>) {
        let operation =
            |(k, (invoked, returned, op, outcome)): (usize, &(u64, u64, &str, Outcome))| {
                Operation {
                    client: ClientId(k as u16),
                    seq: 1,
                    op: Op::parse(op).expect("a command"),
                    invoked: *invoked,
                    returned: (*returned > 0).then(|| (*returned, outcome.clone())),
                }
            };
        let history: Vec<_> = rows.iter().enumerate().map(operation).collect();
        let found = match check(&history, 10_000) {
            Verdict::Linearizable => Ok(()),
            Verdict::Violated(evidence) => Err(evidence.misplaced),
            Verdict::GaveUp { key } => panic!("gave up at {key}"),
        };
        assert_eq!(found, expect, "{rows:?}");
    }

    #[test]
    fn hand_made_histories() {
        use Outcome::Done;
        check_history(&[], Ok(()));
        check_history(
            &[(1, 2, "put x 1", Done), (3, 4, "get x", value("1"))],
            Ok(()),
        );
        check_history(
            &[(1, 2, "put x 1", Done), (3, 4, "get x", value("-"))],
            Err(1),
        );
        check_history(
            &[(1, 4, "put x 1", Done), (2, 3, "get x", value("-"))],
            Ok(()),
        );
        check_history(
            &[(1, 2, "put x 1", Done), (3, 4, "get y", value("-"))],
            Ok(()),
        );
        check_history(
            &[(1, 2, "append x a", Done), (3, 4, "cas x a b", Done)],
            Ok(()),
        );
    }

    #[test]
    fn what_got_no_answer_may_take_effect_late_or_never() {
        use Outcome::Done;
        check_history(
            &[(1, 0, "put x 1", Done), (2, 3, "get x", value("-"))],
            Ok(()),
        );
        check_history(
            &[
                (1, 0, "put x 1", Done),
                (2, 3, "get x", value("-")),
                (4, 5, "get x", value("1")),
                (6, 7, "get x", value("-")),
            ],
            Err(3),
        );
    }

    #[test]
    fn a_search_that_is_too_long_says_so() {
        let put = |k: u16| Operation {
            client: ClientId(k),
            seq: 1,
            op: Op::parse(&format!("put x {k}")).expect("a command"),
            invoked: u64::from(k),
            returned: Some((100, Outcome::Done)),
        };
        let history: Vec<_> = (1..=20).map(put).collect();
        assert!(matches!(check(&history, 8), Verdict::GaveUp { .. }));
    }
}
