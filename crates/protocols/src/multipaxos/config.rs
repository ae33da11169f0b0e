//! The options of Multi-Paxos.

use crate::describe::{Cost, Per};
use crate::ids::{Micros, NodeSet};
use crate::options::{OptionKind, OptionSpec, Options};
use crate::quorum::Quorum;
use crate::units::Span;

/// The parts of a lease that the drift bound counts in.
const PERMILLE: u64 = 1_000;

/// Every option: tunables first, then the rules that famous mistakes drop.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "election_timeout",
        OptionKind::Range { min_us: 1_000 },
        "150ms..300ms",
        &["150ms..300ms", "100ms..120ms", "300ms..600ms"],
    ),
    OptionSpec::new(
        "heartbeat",
        OptionKind::Duration { min_us: 1_000 },
        "50ms",
        &["20ms", "50ms"],
    ),
    OptionSpec::new(
        "window",
        OptionKind::Count { min: 1, max: 256 },
        "64",
        &["1", "4", "64"],
    ),
    OptionSpec::new(
        "snapshot_every",
        OptionKind::Count {
            min: 0,
            max: 1_000_000,
        },
        "0",
        &["0", "0", "1", "5", "40"],
    ),
    OptionSpec::quorum("promise_quorum"),
    OptionSpec::quorum("accept_quorum"),
    OptionSpec::switch("rejections", "true"),
    OptionSpec::new(
        "phase_1_per_slot",
        OptionKind::Switch,
        "false",
        &["false", "false", "true"],
    ),
    OptionSpec::switch("leader_lease", "false"),
    OptionSpec::new(
        "lease",
        OptionKind::Duration { min_us: 1_000 },
        "150ms",
        &["150ms", "400ms"],
    ),
    OptionSpec::new(
        "drift_permille",
        OptionKind::Count { min: 0, max: 500 },
        "10",
        &["0", "10"],
    ),
    OptionSpec::rule("persist_promise"),
    OptionSpec::rule("adopt_accepted"),
    OptionSpec::rule("adopt_highest"),
    OptionSpec::rule("back_off"),
    OptionSpec::rule("client_sessions"),
];

/// The options of a run, read once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    pub n: usize,
    /// How long a follower waits for its leader; drawn anew each time.
    pub election: Span,
    pub heartbeat: Span,
    /// The most slots that a leader has proposed for and that are not known to be chosen (PMS §3:
    /// α commands ahead).
    pub window: u64,
    /// After how many applied slots the store goes to disk and the log is forgotten; 0 for never
    /// (PML §5.5).
    pub snapshot_every: u64,
    /// Whose promises let a ballot propose; each must meet every accept quorum. Promise quorums
    /// need not meet one another, since a ballot has one owner (Flexible Paxos §4).
    pub promise_quorum: Quorum,
    /// Whose acceptances choose.
    pub accept_quorum: Quorum,
    /// An acceptor tells the leader that it refuses (PMS §2.3: an optimization).
    pub rejections: bool,
    /// Phase 1 is run anew for each slot, as if each were a Paxos of its own.
    pub phase_1_per_slot: bool,
    /// Acceptors that hear the leader promise nobody else for a while (PML §5.2).
    pub leader_lease: bool,
    /// How long that lasts, by the acceptor's own clock, in microseconds.
    pub lease_us: Micros,
    /// By how many thousandths the leader counts its lease shorter, as clocks run apart.
    pub drift_permille: u64,
    /// PMS §2.5: a promise is on disk before it is told.
    pub persist_promise: bool,
    /// P2c: a value that a promise reports is proposed again.
    pub adopt_accepted: bool,
    /// P2c: of several that of the highest ballot.
    pub adopt_highest: bool,
    /// PMS §2.4: who is preempted waits before the next ballot.
    pub back_off: bool,
    /// A command that a client sends again is applied once (PMMC §2).
    pub client_sessions: bool,
}

impl Config {
    /// Reads the options of a run of n servers.
    ///
    /// # Errors
    /// If the heartbeat is not shorter than the shortest election timeout, or than the lease as
    /// the leader counts it; or if a quorum does not fit the servers.
    pub fn read(options: &Options, n: usize) -> Result<Config, String> {
        let switch = |name| options.switch(OPTIONS, name);
        let config = Config {
            n,
            election: options.span(OPTIONS, "election_timeout"),
            heartbeat: options.span(OPTIONS, "heartbeat"),
            window: options.count(OPTIONS, "window"),
            snapshot_every: options.count(OPTIONS, "snapshot_every"),
            promise_quorum: options.quorum(OPTIONS, "promise_quorum", NodeSet::first(n))?,
            accept_quorum: options.quorum(OPTIONS, "accept_quorum", NodeSet::first(n))?,
            rejections: switch("rejections"),
            phase_1_per_slot: switch("phase_1_per_slot"),
            leader_lease: switch("leader_lease"),
            lease_us: options.span(OPTIONS, "lease").min_us,
            drift_permille: options.count(OPTIONS, "drift_permille"),
            persist_promise: switch("persist_promise"),
            adopt_accepted: switch("adopt_accepted"),
            adopt_highest: switch("adopt_highest"),
            back_off: switch("back_off"),
            client_sessions: switch("client_sessions"),
        };
        let heartbeat = config.heartbeat;
        if heartbeat.max_us >= config.election.min_us {
            return Err(format!(
                "multipaxos.heartbeat ({heartbeat}) must be shorter than the shortest \
                 multipaxos.election_timeout ({})",
                config.election
            ));
        }
        let lease_us = config.leader_lease_us();
        if config.leader_lease && heartbeat.max_us >= lease_us {
            return Err(format!(
                "multipaxos.heartbeat ({heartbeat}) must be shorter than the leader counts on \
                 multipaxos.lease for ({})",
                Span::fixed(lease_us)
            ));
        }
        Ok(config)
    }

    /// Messages of a leader whom nobody preempts: phase 1 once for all its slots, then one round
    /// trip a slot; what is chosen rides on the next message (PMS §3).
    pub fn costs(&self) -> Vec<Cost> {
        let n = self.n as u64;
        let phase = |name, kinds, per| Cost {
            name,
            kinds,
            per,
            exact: n - 1,
            formula: "n − 1",
            rounded: (n, "n"),
        };
        vec![
            phase("prepare", &[0], Per::Election),
            phase("promise", &[1], Per::Election),
            phase("accept", &[2], Per::Decision),
            phase("accepted", &[3], Per::Decision),
        ]
    }

    /// How long the leader counts on a lease, in microseconds: shorter than it is granted for, by
    /// the bound on how far clocks run apart.
    pub fn leader_lease_us(&self) -> Micros {
        self.lease_us * (PERMILLE - self.drift_permille) / PERMILLE
    }

    /// How many promises it takes, given those that are there.
    pub fn promises_needed(&self, have: NodeSet) -> u64 {
        self.promise_quorum.need(have) as u64
    }

    /// How many acceptances it takes, given those that are there.
    pub fn acceptances_needed(&self, have: NodeSet) -> u64 {
        self.accept_quorum.need(have) as u64
    }
}
