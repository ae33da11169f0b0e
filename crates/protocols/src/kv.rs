//! The clients' state machine: a small key-value store with sessions.

use crate::ids::{ClientId, NodeId};
use imbl::OrdMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The longest key or value, in bytes.
pub const LONGEST_TEXT: usize = 256;

/// An operation on the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "op")]
pub enum Op {
    Get {
        key: SmolStr,
    },
    Put {
        key: SmolStr,
        value: SmolStr,
    },
    /// Adds `value` to the end of what is stored.
    Append {
        key: SmolStr,
        value: SmolStr,
    },
    /// Stores `value` if `expect` is what is stored now.
    Cas {
        key: SmolStr,
        expect: SmolStr,
        value: SmolStr,
    },
}

impl Op {
    /// Whether it may change the store.
    pub fn is_write(&self) -> bool {
        !matches!(self, Op::Get { .. })
    }

    /// Reads `put x 1`, `get x`, `append x 1` or `cas x 1 2`.
    ///
    /// # Errors
    /// A sentence, if the text is no such command or exceeds 256 bytes a word.
    pub fn parse(text: &str) -> Result<Op, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.iter().any(|word| word.len() > LONGEST_TEXT) {
            return Err(format!("a key or value has at most {LONGEST_TEXT} bytes"));
        }
        let word = |k: usize| SmolStr::new(words[k]);
        match (words.first().copied(), words.len()) {
            (Some("get"), 2) => Ok(Op::Get { key: word(1) }),
            (Some("put"), 3) => Ok(Op::Put {
                key: word(1),
                value: word(2),
            }),
            (Some("append"), 3) => Ok(Op::Append {
                key: word(1),
                value: word(2),
            }),
            (Some("cas"), 4) => Ok(Op::Cas {
                key: word(1),
                expect: word(2),
                value: word(3),
            }),
            _ => Err(format!(
                "`{text}` is no command; write `put x 1`, `get x`, `append x 1` or `cas x 1 2`"
            )),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Op::Get { key } => write!(f, "get {key}"),
            Op::Put { key, value } => write!(f, "put {key} {value}"),
            Op::Append { key, value } => write!(f, "append {key} {value}"),
            Op::Cas { key, expect, value } => write!(f, "cas {key} {expect} {value}"),
        }
    }
}

/// A client's operation with the session and sequence number that make it unique.
#[derive(Clone, Debug, Serialize)]
pub struct Command {
    pub client: ClientId,
    /// Counted from 1 within the client; a retry keeps its number.
    pub seq: u64,
    pub op: Op,
    #[serde(skip)]
    digest: u64,
}

impl Command {
    /// As it stands in notes: its session and number.
    pub fn operands(&self) -> [u64; 2] {
        [u64::from(self.client.0), self.seq]
    }

    pub fn new(client: ClientId, seq: u64, op: Op) -> Command {
        let mut digest = Fnv::default();
        client.hash(&mut digest);
        seq.hash(&mut digest);
        digest.write(op.to_string().as_bytes());
        Command {
            client,
            seq,
            op,
            digest: digest.finish(),
        }
    }

    pub fn digest(&self) -> u64 {
        self.digest
    }
}

impl PartialEq for Command {
    fn eq(&self, other: &Command) -> bool {
        self.client == other.client && self.seq == other.seq && self.op == other.op
    }
}

impl Eq for Command {}

impl Hash for Command {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// FNV-1a, whose result is the same on every machine (the standard library's is not promised).
#[derive(Clone, Debug)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_u16(&mut self, value: u16) {
        self.write(&value.to_le_bytes());
    }

    fn write_u32(&mut self, value: u32) {
        self.write(&value.to_le_bytes());
    }

    fn write_u64(&mut self, value: u64) {
        self.write(&value.to_le_bytes());
    }

    fn write_usize(&mut self, value: usize) {
        self.write(&(value as u64).to_le_bytes());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What the store answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum Outcome {
    /// Stored.
    Done,
    /// The value read; `None` if the key has none.
    Value { value: Option<SmolStr> },
    /// A compare-and-swap found something else.
    Differs { value: Option<SmolStr> },
    /// The value would exceed its bound.
    TooLong,
}

impl Outcome {
    /// Whether the operation did what it was meant to.
    pub fn took_effect(&self) -> bool {
        matches!(self, Outcome::Done)
    }
}

/// What a server tells a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "answer")]
pub enum Answer {
    /// The command was decided and applied.
    Applied { outcome: Outcome },
    /// This server does not lead; perhaps it knows who does.
    NotLeader { hint: Option<NodeId> },
}

/// The key-value store, with the last command of each session (Raft dissertation §6.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Store {
    values: OrdMap<SmolStr, SmolStr>,
    sessions: OrdMap<ClientId, (u64, Outcome)>,
}

impl Store {
    /// Applies a command at most once: a repeated sequence number gets the stored answer.
    ///
    /// Returns the outcome and whether the command was new. With `sessions` false, every copy is
    /// applied again, the mistake that sessions prevent.
    pub fn apply(&mut self, command: &Command, sessions: bool) -> (Outcome, bool) {
        if sessions
            && let Some((seq, outcome)) = self.sessions.get(&command.client)
            && command.seq <= *seq
        {
            return (outcome.clone(), false);
        }
        let outcome = self.run(&command.op);
        if sessions {
            self.sessions
                .insert(command.client, (command.seq, outcome.clone()));
        }
        (outcome, true)
    }

    /// The stored answer to a command that was applied before.
    pub fn answered(&self, client: ClientId, seq: u64) -> Option<&Outcome> {
        self.sessions
            .get(&client)
            .filter(|(last, _)| *last == seq)
            .map(|(_, outcome)| outcome)
    }

    pub fn get(&self, key: &str) -> Option<&SmolStr> {
        self.values.get(key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&SmolStr, &SmolStr)> {
        self.values.iter()
    }

    fn run(&mut self, op: &Op) -> Outcome {
        match op {
            Op::Get { key } => Outcome::Value {
                value: self.values.get(key).cloned(),
            },
            Op::Put { key, value } => {
                self.values.insert(key.clone(), value.clone());
                Outcome::Done
            }
            Op::Append { key, value } => {
                let old = self.values.get(key).map_or("", |old| old.as_str());
                if old.len() + value.len() > LONGEST_TEXT {
                    return Outcome::TooLong;
                }
                let joined = SmolStr::from(format!("{old}{value}"));
                self.values.insert(key.clone(), joined);
                Outcome::Done
            }
            Op::Cas { key, expect, value } => {
                let old = self.values.get(key);
                if old != Some(expect) {
                    return Outcome::Differs {
                        value: old.cloned(),
                    };
                }
                self.values.insert(key.clone(), value.clone());
                Outcome::Done
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(seq: u64, text: &str) -> Command {
        Command::new(ClientId(0), seq, Op::parse(text).expect("a command"))
    }

    #[test]
    fn a_retry_is_applied_once_with_sessions_and_twice_without() {
        let append = command(1, "append x a");
        let mut store = Store::default();
        assert_eq!(store.apply(&append, true), (Outcome::Done, true));
        assert_eq!(store.apply(&append, true), (Outcome::Done, false));
        assert_eq!(store.get("x").map(SmolStr::as_str), Some("a"));
        let mut careless = Store::default();
        careless.apply(&append, false);
        careless.apply(&append, false);
        assert_eq!(careless.get("x").map(SmolStr::as_str), Some("aa"));
    }

    #[test]
    fn commands_do_what_they_say() {
        let mut store = Store::default();
        let mut seq = 0;
        let mut check = |text: &str, expect: Outcome| {
            seq += 1;
            assert_eq!(store.apply(&command(seq, text), true).0, expect, "{text}");
        };
        check("get x", Outcome::Value { value: None });
        check("put x 1", Outcome::Done);
        check(
            "cas x 2 3",
            Outcome::Differs {
                value: Some("1".into()),
            },
        );
        check("cas x 1 3", Outcome::Done);
        check(
            "get x",
            Outcome::Value {
                value: Some("3".into()),
            },
        );
        check(&format!("append x {}", "y".repeat(256)), Outcome::TooLong);
    }

    #[test]
    fn digests_are_stable() {
        assert_eq!(
            command(1, "put x 1").digest(),
            command(1, "put x 1").digest()
        );
        assert_ne!(
            command(1, "put x 1").digest(),
            command(2, "put x 1").digest()
        );
        assert!(Op::parse("put x").is_err());
    }
}
