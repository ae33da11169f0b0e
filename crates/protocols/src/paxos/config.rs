//! The options of single-decree Paxos.

use crate::ballot::Ballot;
use crate::describe::{Cost, Per};
use crate::ids::NodeSet;
use crate::options::{OptionKind, OptionSpec, Options};
use crate::quorum::Quorum;
use crate::units::Span;

/// Every option: roles and tunables first, then the rules that famous mistakes drop.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec::nodes("proposers"),
    OptionSpec::nodes("acceptors"),
    OptionSpec::nodes("learners"),
    OptionSpec::quorum("promise_quorum"),
    OptionSpec::quorum("accept_quorum"),
    OptionSpec::new(
        "retry",
        OptionKind::Range { min_us: 1_000 },
        "100ms..200ms",
        &["20ms..60ms", "100ms..200ms"],
    ),
    OptionSpec::switch("rejections", "true"),
    OptionSpec::switch("distinguished_learner", "true"),
    OptionSpec::rule("persist_promise"),
    OptionSpec::rule("adopt_accepted"),
    OptionSpec::rule("adopt_highest"),
    OptionSpec::rule("back_off"),
];

/// The options of a run, read once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    pub proposers: NodeSet,
    pub acceptors: NodeSet,
    pub learners: NodeSet,
    /// Whose promises let a ballot propose; each must meet every accept quorum. Promise quorums
    /// need not meet one another, since a ballot has one owner (Flexible Paxos §4).
    pub promise_quorum: Quorum,
    /// Whose acceptances choose.
    pub accept_quorum: Quorum,
    /// How long a proposer waits before it tries again.
    pub retry: Span,
    /// An acceptor tells a proposer that it refuses (PMS §2.3: an optimization).
    pub rejections: bool,
    /// Acceptors tell the ballot's proposer alone, which teaches the others (PMS §2.3).
    pub distinguished_learner: bool,
    /// PMS §2.5: a promise is on disk before it is told.
    pub persist_promise: bool,
    /// P2c: a value that a promise reports is proposed again.
    pub adopt_accepted: bool,
    /// P2c: of several that of the highest ballot.
    pub adopt_highest: bool,
    /// PMS §2.4: who is preempted waits before the next ballot.
    pub back_off: bool,
}

impl Config {
    /// Reads the options of a run of n servers.
    ///
    /// # Errors
    /// If a role or a quorum does not fit the servers.
    pub fn read(options: &Options, n: usize) -> Result<Config, String> {
        let switch = |name| options.switch(OPTIONS, name);
        let acceptors = options.nodes(OPTIONS, "acceptors", n)?;
        Ok(Config {
            proposers: options.nodes(OPTIONS, "proposers", n)?,
            acceptors,
            learners: options.nodes(OPTIONS, "learners", n)?,
            promise_quorum: options.quorum(OPTIONS, "promise_quorum", acceptors)?,
            accept_quorum: options.quorum(OPTIONS, "accept_quorum", acceptors)?,
            retry: options.span(OPTIONS, "retry"),
            rejections: switch("rejections"),
            distinguished_learner: switch("distinguished_learner"),
            persist_promise: switch("persist_promise"),
            adopt_accepted: switch("adopt_accepted"),
            adopt_highest: switch("adopt_highest"),
            back_off: switch("back_off"),
        })
    }

    /// Whom acceptors tell that they accepted in a ballot.
    pub fn told_of(&self, ballot: Ballot) -> NodeSet {
        if self.distinguished_learner {
            NodeSet::only(ballot.owner())
        } else {
            self.learners.union(NodeSet::only(ballot.owner()))
        }
    }
}

impl Config {
    /// Messages of one proposer whom nobody preempts (PMS §2.2, §2.3).
    pub fn costs(&self) -> Vec<Cost> {
        let n = self.acceptors.len() as u64;
        let proposer = self.proposers.iter().next();
        let own = proposer.is_some_and(|proposer| self.acceptors.contains(proposer));
        let (others, formula) = if own { (n - 1, "n − 1") } else { (n, "n") };
        // A formula is of servers that play every role; else counts alone are told.
        let alike = self.proposers == self.acceptors && self.learners == self.acceptors;
        let told_formula = |formula| if alike { formula } else { "" };
        let phase = |name, kinds, (exact, formula)| Cost {
            name,
            kinds,
            per: Per::Decision,
            exact,
            formula: told_formula(formula),
            rounded: (n, told_formula("n")),
        };
        let told = |to: NodeSet| -> u64 {
            let acceptors = self.acceptors.iter();
            acceptors
                .map(|from| to.minus(NodeSet::only(from)).len() as u64)
                .sum()
        };
        let learners = self.learners.len() as u64;
        let mut costs = vec![
            phase("prepare", &[0], (others, formula)),
            phase("promise", &[1], (others, formula)),
            phase("accept", &[2], (others, formula)),
        ];
        if self.distinguished_learner {
            let knows = proposer.is_some_and(|proposer| self.learners.contains(proposer));
            costs.push(phase("accepted", &[3], (others, formula)));
            costs.push(phase(
                "learn",
                &[5],
                (
                    learners - u64::from(knows),
                    if knows { "n − 1" } else { "n" },
                ),
            ));
        } else {
            let to = self
                .learners
                .union(proposer.map_or(NodeSet::EMPTY, NodeSet::only));
            let broadcast = Cost {
                rounded: (n * n, told_formula("n²")),
                ..phase("accepted", &[3], (told(to), "n(n − 1)"))
            };
            costs.push(broadcast);
        }
        costs
    }
}
