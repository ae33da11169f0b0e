//! What is to be said of a draft: whether it can be run, and whether its quorums meet.
//!
//! Which option rules which tally is asked of the protocol itself: the option is set to another
//! system, and the tallies that count otherwise are its own. So no protocol is known here.

use super::draft::Draft;
use synod_protocols::quorum::Analysis;
use synod_protocols::{NodeSet, OptionKind, OptionSpec, Quorum, Quorums};
use synod_sim::{Scenario, open};

/// A system that no option has by default, by which the tallies of an option are found.
const MARKED: &str = "1";

/// An option of kind quorum, and what counts by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
    /// Its position among the protocol's options.
    pub option: usize,
    /// The servers that count.
    pub members: NodeSet,
    /// Positions of tallies.
    pub tallies: Vec<u8>,
}

/// Two tallies whose quorums must meet for the protocol to be safe.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    pub pair: (u8, u8),
    /// Where they meet; `None` if one of them has no quorum.
    pub worth: Option<Analysis>,
}

impl Meeting {
    /// Whether two of them need not meet.
    pub fn is_unsafe(&self) -> bool {
        self.worth
            .as_ref()
            .is_some_and(|worth| worth.fewest_in_common == 0)
    }
}

/// What is to be said of a draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub counted: Vec<Counted>,
    /// Why it cannot be run.
    pub refused: Option<String>,
    /// Each pair of quorums that must meet, once for each pair of options.
    pub meetings: Vec<Meeting>,
    /// The smallest number of crashes after which a quorum is missing, where it is known.
    pub crashes_that_stop: Option<usize>,
}

impl Verdict {
    /// The option by which a tally counts, if it is one.
    pub fn option_of(&self, tally: u8) -> Option<usize> {
        let own = |counted: &&Counted| counted.tallies.contains(&tally);
        self.counted.iter().find(own).map(|counted| counted.option)
    }

    /// The smallest number of servers that must forget or lie before two quorums can disagree.
    pub fn failures_that_break(&self) -> Option<usize> {
        let fewest = |meeting: &Meeting| Some(meeting.worth.as_ref()?.fewest_in_common);
        self.meetings.iter().filter_map(fewest).min()
    }

    pub fn is_unsafe(&self) -> bool {
        self.meetings.iter().any(Meeting::is_unsafe)
    }
}

/// Looks a draft over.
pub fn judge(draft: &Draft) -> Verdict {
    let mut verdict = Verdict {
        counted: counted(draft),
        refused: refused(draft),
        meetings: Vec::new(),
        crashes_that_stop: None,
    };
    // Times that contradict one another are no reason not to show the quorums.
    let Ok(quorums) = quorums(draft, |spec| spec.kind == OptionKind::Quorum, None) else {
        return verdict;
    };
    let stop = quorums.of.iter().map(Quorum::crashes_that_stop);
    verdict.crashes_that_stop = stop.min().flatten();
    let mut seen = Vec::new();
    for &(one, two) in quorums.must_meet {
        let of = |tally: u8| (verdict.option_of(tally).ok_or(tally), tally);
        let (one, two) = (of(one), of(two));
        if !seen.contains(&(one.0, two.0)) {
            seen.push((one.0, two.0));
            let quorum = |tally: u8| &quorums.of[usize::from(tally)];
            verdict.meetings.push(Meeting {
                pair: (one.1, two.1),
                worth: quorum(one.1).analyse(quorum(two.1)),
            });
        }
    }
    verdict
}

/// Why a draft cannot be run: an option is written wrongly, or some contradict one another.
fn refused(draft: &Draft) -> Option<String> {
    let mut scenario = match draft.scenario() {
        Ok(scenario) => scenario,
        Err(why) => return Some(why),
    };
    if let Err(why) = scenario.check() {
        return Some(why);
    }
    scenario.script.clear();
    open(&scenario).err().map(|why| why.to_string())
}

/// The options of kind quorum, with the tallies that count by them.
pub fn counted(draft: &Draft) -> Vec<Counted> {
    let plain = quorums(draft, |_| false, None);
    let of = |option: usize| {
        let marked = quorums(draft, |_| false, Some(option));
        let mut counted = Counted {
            option,
            members: NodeSet::first(draft.nodes()),
            tallies: Vec::new(),
        };
        if let (Ok(plain), Ok(marked)) = (&plain, &marked) {
            let both = plain.of.iter().zip(&marked.of).zip(0..);
            for ((one, other), tally) in both {
                if one != other {
                    counted.members = one.members();
                    counted.tallies.push(tally);
                }
            }
        }
        counted
    };
    draft
        .options()
        .filter(|(_, spec)| spec.kind == OptionKind::Quorum)
        .map(|(option, _)| of(option))
        .collect()
}

/// The quorums of the protocol with these servers in their roles, with the options that are
/// wanted, and with one of them marked.
fn quorums(
    draft: &Draft,
    wanted: impl Fn(&OptionSpec) -> bool,
    marked: Option<usize>,
) -> Result<Quorums, String> {
    let about = draft.about();
    let mut scenario = Scenario::new(about.name, draft.nodes());
    for (option, spec) in draft.options() {
        let text = match marked {
            Some(marked) if marked == option => MARKED,
            _ if spec.kind == OptionKind::Nodes && draft.wrong(option).is_some() => continue,
            _ if spec.kind == OptionKind::Nodes || wanted(spec) => draft.text(option),
            _ => continue,
        };
        scenario
            .options
            .set(about.options, spec.name, text.trim())?;
    }
    let run = open(&scenario).map_err(|why| why.to_string())?;
    Ok(run.quorums())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use synod_protocols::registry;

    fn draft(protocol: &'static str, nodes: usize, texts: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::of(Arc::new(Scenario::new(protocol, nodes)));
        for (name, text) in texts {
            let found = draft.options().find(|(_, spec)| spec.name == *name);
            draft.write(found.expect("an option").0, text.to_string());
        }
        draft
    }

    #[test]
    fn each_option_is_found_to_rule_its_tally() {
        for about in registry::ALL {
            let draft = draft(about.name, 5, &[]);
            let verdict = judge(&draft);
            assert_eq!(verdict.refused, None);
            for counted in &verdict.counted {
                assert_eq!(counted.tallies.len(), 1, "{:?}", draft.spec(counted.option));
                assert_eq!(counted.members, NodeSet::first(5));
            }
            assert!(!verdict.is_unsafe() && !verdict.meetings.is_empty());
            assert_eq!(verdict.failures_that_break(), Some(1));
            assert_eq!(verdict.crashes_that_stop, Some(3));
        }
        let some = draft("paxos", 5, &[("acceptors", "S1 S3 S5")]);
        assert!(
            judge(&some)
                .counted
                .iter()
                .all(|counted| counted.members.len() == 3)
        );
    }

    #[test]
    fn quorums_that_need_not_meet_are_found() {
        let check = |sizes: (&str, &str), fewest: &[usize], stop: usize| {
            let texts = [("vote_quorum", sizes.0), ("commit_quorum", sizes.1)];
            let verdict = judge(&draft("raft", 4, &texts));
            let found = verdict
                .meetings
                .iter()
                .filter_map(|meeting| meeting.worth.as_ref());
            let found: Vec<usize> = found.map(|worth| worth.fewest_in_common).collect();
            assert_eq!(found, fewest, "{sizes:?}");
            assert_eq!(verdict.is_unsafe(), fewest.contains(&0));
            assert_eq!(verdict.crashes_that_stop, Some(stop), "{sizes:?}");
            assert_eq!(verdict.refused, None);
        };
        check(("majority", "majority"), &[2, 2], 2);
        check(("3", "2"), &[2, 1], 2);
        check(("2", "3"), &[0, 1], 2);
        check(("2", "2"), &[0, 0], 3);
        check(("row 2x2", "column 2x2"), &[0, 1], 2);
        check(("4", "1"), &[4, 1], 1);
    }

    #[test]
    fn quorums_of_different_options_meet_once_each() {
        let verdict = judge(&draft("paxos", 5, &[]));
        assert_eq!(verdict.meetings.len(), 1);
        let (one, two) = verdict.meetings[0].pair;
        assert_ne!(verdict.option_of(one), verdict.option_of(two));
    }

    #[test]
    fn what_cannot_be_run_is_told_and_its_quorums_all_the_same() {
        let slow = draft("raft", 5, &[("heartbeat", "1s")]);
        let verdict = judge(&slow);
        assert!(
            verdict
                .refused
                .expect("refused")
                .contains("must be shorter")
        );
        assert_eq!(verdict.meetings.len(), 2);
        let wrong = draft("raft", 5, &[("window", "none")]);
        assert!(judge(&wrong).refused.is_some());
        let none = draft("raft", 3, &[("vote_quorum", "weights 0 0 0")]);
        assert!(judge(&none).refused.expect("refused").contains("above 0"));
    }
}
