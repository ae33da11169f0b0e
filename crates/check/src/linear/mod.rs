//! Whether a history of clients' operations is linearizable.
//!
//! ```text
//!   time      ──────────────────────────────►
//!   C1   ├── put x 1 ──┤
//!   C2        ├── get x → 1 ──┤
//!   C3                             ├── get x → nothing ──┤   cannot be placed
//! ```
//!
//! Each operation must seem to take effect at one moment between its invocation and its return
//! (Herlihy and Wing 1990). The search is Wing and Gong's (1993) with Lowe's memory of visited
//! configurations (2017), key by key, since linearizability is local.

mod recorder;
mod search;

pub use recorder::Recorder;
pub use search::{Evidence, Verdict, check};

use smol_str::SmolStr;
use synod_protocols::{ClientId, Op, Outcome};

/// How many configurations a search of one key looks at before it gives up.
pub const MOST_VISITED: usize = 200_000;

/// An operation of a client, from its invocation to its return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub client: ClientId,
    /// A retry keeps its number and makes no operation of its own.
    pub seq: u64,
    pub op: Op,
    /// Its place in the order of invocations and returns.
    pub invoked: u64,
    /// When its answer came and what it said. Without one, the operation may take effect at any
    /// later time or never.
    pub returned: Option<(u64, Outcome)>,
}

impl Operation {
    /// The key that it is about.
    pub fn key(&self) -> &SmolStr {
        match &self.op {
            Op::Get { key } | Op::Put { key, .. } => key,
            Op::Append { key, .. } | Op::Cas { key, .. } => key,
        }
    }
}
