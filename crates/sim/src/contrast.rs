//! What makes a second run differ from the first, beside which it is shown.

use crate::action::{Action, Match};
use crate::scenario::{Scenario, ScriptItem};
use synod_protocols::Options;

/// Another protocol, other options, or another number of servers; everything else is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contrast {
    pub protocol: &'static str,
    pub options: Options,
    pub nodes: usize,
}

impl Contrast {
    /// What a scenario has of these.
    pub fn of(scenario: &Scenario) -> Contrast {
        Contrast {
            protocol: scenario.protocol,
            options: scenario.options.clone(),
            nodes: scenario.nodes,
        }
    }

    /// The same scenario with this difference: seed, network, disks, clients and faults stay. What
    /// was done by hand happens at its time, as the other run has other events. What was done to
    /// one message is left out, as the other run has other messages; and so is what names a server
    /// that it does not have.
    pub fn applied_to(&self, scenario: &Scenario) -> Scenario {
        let mut other = scenario.clone();
        other.protocol = self.protocol;
        other.options = self.options.clone();
        other.nodes = self.nodes;
        other.node.retain(|node, _| node.index() < self.nodes);
        if self.protocol != scenario.protocol {
            // What lay on a disk was another protocol's.
            for settings in other.node.values_mut() {
                settings.preload = None;
            }
        }
        other.script.clear();
        let mut alone = other.clone();
        let mut fits = |item: &ScriptItem| {
            alone.script = vec![item.clone()];
            !names_a_message(&item.action) && alone.check().is_ok()
        };
        other.script = scenario.script.clone();
        other.script.retain(&mut fits);
        let timed = |item: ScriptItem| ScriptItem {
            after: None,
            ..item
        };
        other.script = other.script.into_iter().map(timed).collect();
        other
    }
}

/// Whether an action is about one message of one run.
pub fn names_a_message(action: &Action) -> bool {
    match action {
        Action::Deliver { what }
        | Action::Drop { what }
        | Action::Duplicate { what }
        | Action::Delay { what, .. } => matches!(what, Match { id: Some(_), .. }),
        _ => false,
    }
}
