//! Raft's options.

use crate::describe::{Cost, Per};
use crate::ids::NodeSet;
use crate::options::{OptionKind, OptionSpec, OptionValue, Options};
use crate::quorum::{Quorum, QuorumSpec};
use crate::units::Span;
use std::hash::Hash;

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
        "max_entries",
        OptionKind::Count { min: 1, max: 1_024 },
        "64",
        &["1", "1", "3", "64"],
    ),
    OptionSpec::new(
        "window",
        OptionKind::Count { min: 1, max: 256 },
        "16",
        &["1", "16"],
    ),
    OptionSpec::switch("noop_on_election", "true"),
    OptionSpec::switch("conflict_hints", "true"),
    OptionSpec::switch("pre_vote", "false"),
    OptionSpec::switch("check_quorum", "false"),
    OptionSpec::quorum("vote_quorum"),
    OptionSpec::quorum("commit_quorum"),
    OptionSpec::rule("commit_only_current_term"),
    OptionSpec::rule("persist_vote_before_reply"),
    OptionSpec::rule("keep_vote_within_term"),
    OptionSpec::rule("election_restriction"),
    OptionSpec::rule("reset_timer_only_on_grant"),
    OptionSpec::rule("client_sessions"),
    OptionSpec::new(
        "snapshot_every",
        OptionKind::Count {
            min: 0,
            max: 100_000,
        },
        "0",
        &["0", "0", "5", "40"],
    ),
    OptionSpec::nodes("members"),
    OptionSpec::new("joint_consensus", OptionKind::Switch, "true", &[]),
    OptionSpec::rule("change_one_at_a_time_or_jointly"),
    OptionSpec::rule("own_term_before_change"),
];

/// The options of a run, read once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    pub n: usize,
    /// Whose votes elect. Two of these must meet, and each must meet every commit quorum: a term
    /// belongs to nobody before its election (FlexibleRaft; Howard et al., "Flexible Paxos" §5).
    pub vote_quorum: Quorum,
    /// Whose copies commit.
    pub commit_quorum: Quorum,
    /// The election timeout is drawn anew from this range each time (Raft §5.2).
    pub election: Span,
    pub heartbeat: Span,
    /// The most entries in one AppendEntries.
    pub max_entries: u64,
    /// The most unanswered AppendEntries with entries per follower.
    pub window: usize,
    pub noop_on_election: bool,
    /// Refusals name the conflicting term (Raft §5.3); otherwise nextIndex walks back by one.
    pub conflict_hints: bool,
    pub pre_vote: bool,
    pub check_quorum: bool,
    /// Raft §5.4.2; false is the mistake of figure 8.
    pub commit_only_current_term: bool,
    /// Raft figure 2: term and vote reach stable storage before an answer leaves.
    pub persist_vote_before_reply: bool,
    /// Raft §5.2: one vote a term, also after stepping down within it.
    pub keep_vote_within_term: bool,
    /// Raft §5.4.1.
    pub election_restriction: bool,
    /// Raft §5.2: a refused vote does not put off the voter's own election.
    pub reset_timer_only_on_grant: bool,
    /// Ongaro §6.3: a retried command is applied once.
    pub client_sessions: bool,
    /// Raft §7: after so many applied entries a snapshot takes the log's place; 0 for never.
    pub snapshot_every: u64,
    /// Who votes at the beginning; the others wait to be made members.
    pub members: NodeSet,
    /// As which both quorums are written; over other members they are other quorums.
    pub vote_spec: QuorumSpec,
    pub commit_spec: QuorumSpec,
    /// Whether a change goes through a joint configuration (Raft §6), or adds or removes a single
    /// server (Ongaro §4.1).
    pub joint_consensus: bool,
    /// Raft §6: two majorities that need not meet never decide at once.
    pub change_one_at_a_time_or_jointly: bool,
    /// Ongaro, "bug in single-server membership changes" (raft-dev, 10 July 2015).
    pub own_term_before_change: bool,
}

impl Config {
    /// Reads the options of a run of n servers.
    ///
    /// # Errors
    /// If the heartbeat is not shorter than the shortest election timeout.
    pub fn read(options: &Options, n: usize) -> Result<Config, String> {
        let switch = |name| options.switch(OPTIONS, name);
        let members = options.nodes(OPTIONS, "members", n)?;
        let spec = |name| match options.get(OPTIONS, name) {
            OptionValue::Quorum(spec) => spec,
            _ => QuorumSpec::Majority,
        };
        let config = Config {
            n,
            vote_quorum: options.quorum(OPTIONS, "vote_quorum", members)?,
            commit_quorum: options.quorum(OPTIONS, "commit_quorum", members)?,
            members,
            vote_spec: spec("vote_quorum"),
            commit_spec: spec("commit_quorum"),
            joint_consensus: switch("joint_consensus"),
            change_one_at_a_time_or_jointly: switch("change_one_at_a_time_or_jointly"),
            own_term_before_change: switch("own_term_before_change"),
            election: options.span(OPTIONS, "election_timeout"),
            heartbeat: options.span(OPTIONS, "heartbeat"),
            max_entries: options.count(OPTIONS, "max_entries"),
            window: options.count(OPTIONS, "window") as usize,
            noop_on_election: switch("noop_on_election"),
            conflict_hints: switch("conflict_hints"),
            pre_vote: switch("pre_vote"),
            check_quorum: switch("check_quorum"),
            commit_only_current_term: switch("commit_only_current_term"),
            persist_vote_before_reply: switch("persist_vote_before_reply"),
            keep_vote_within_term: switch("keep_vote_within_term"),
            election_restriction: switch("election_restriction"),
            reset_timer_only_on_grant: switch("reset_timer_only_on_grant"),
            client_sessions: switch("client_sessions"),
            snapshot_every: options.count(OPTIONS, "snapshot_every"),
        };
        if config.heartbeat.max_us >= config.election.min_us {
            return Err(format!(
                "raft.heartbeat ({}) must be shorter than the shortest raft.election_timeout ({})",
                config.heartbeat, config.election
            ));
        }
        Ok(config)
    }

    /// Whether both quorums can be counted over these members.
    pub fn can_count_over(&self, members: NodeSet) -> bool {
        let specs = [&self.vote_spec, &self.commit_spec];
        specs.into_iter().all(|spec| spec.over(members).is_ok())
    }

    /// The quorums of votes and of copies over these members, which a leader had counted before it
    /// wrote them into its log.
    pub fn quorums_over(&self, members: NodeSet) -> [Quorum; 2] {
        let over = |spec: &QuorumSpec| spec.over(members).unwrap_or(Quorum::Majority { members });
        [over(&self.vote_spec), over(&self.commit_spec)]
    }
}

impl Config {
    /// Messages of an election that succeeds at once, and of one entry that travels alone: the
    /// commit rides on the next message (Raft §5.2, §5.3).
    pub fn costs(&self) -> Vec<Cost> {
        let n = self.members.len() as u64;
        let phase = |name, kinds, per| Cost {
            name,
            kinds,
            per,
            exact: 2 * (n - 1),
            formula: "2(n − 1)",
            rounded: (n, "n"),
        };
        let mut costs = Vec::new();
        if self.pre_vote {
            costs.push(phase("pre_vote", &[2, 3], Per::Election));
        }
        costs.push(phase("election", &[0, 1], Per::Election));
        costs.push(phase("replication", &[4, 5], Per::Decision));
        costs
    }
}
