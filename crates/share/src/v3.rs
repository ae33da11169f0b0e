//! Version 3 of a link's content: actions that version 1 lacks. These types are frozen.

use crate::{LinkError, Shared, bounds, v1, v2};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use synod_protocols::{NodeId, NodeSet};
use synod_sim::Action;

pub const VERSION: u8 = 3;

/// What stands before the content of version 1, or of version 2 if there is a second run. In that
/// content's script something else stands in place of each of these actions.
#[derive(Serialize, Deserialize)]
struct Further {
    beside: bool,
    /// Positions in the script, in order.
    actions: Vec<(u64, More)>,
}

/// The actions that version 1 lacks, in their frozen order.
#[derive(Serialize, Deserialize)]
enum More {
    Reconfigure(Vec<u8>),
}

impl More {
    fn of(action: &Action) -> Option<More> {
        match action {
            Action::Reconfigure { members } => {
                let members = members.iter().map(|node| node.0).collect();
                Some(More::Reconfigure(members))
            }
            _ => None,
        }
    }

    fn read(self) -> Action {
        match self {
            More::Reconfigure(members) => {
                let most = NodeId::MAX - 1;
                let node = |node: &u8| NodeId::at(usize::from(*node).min(most));
                let members: NodeSet = members.iter().map(node).collect();
                Action::Reconfigure { members }
            }
        }
    }
}

fn further(shared: &Shared) -> Vec<(u64, More)> {
    let script = (0..).zip(&shared.scenario.script);
    script
        .filter_map(|(position, item)| More::of(&item.action).map(|more| (position, more)))
        .collect()
}

/// Whether a run has an action that the versions before do not know.
pub fn needed(shared: &Shared) -> bool {
    let script = &shared.scenario.script;
    script.iter().any(|item| More::of(&item.action).is_some())
}

/// The content's bytes.
pub fn write(shared: &Shared) -> Vec<u8> {
    let head = Further {
        beside: shared.beside.is_some(),
        actions: further(shared),
    };
    // Writing to memory does not fail, as every length is known.
    let mut bytes = postcard::to_allocvec(&head).unwrap_or_default();
    bytes.extend(match &shared.beside {
        None => v1::write(shared),
        Some(contrast) => v2::write(shared, contrast),
    });
    bytes
}

/// Reads a content.
///
/// # Errors
/// If it is damaged or out of bounds.
pub fn read(bytes: &[u8]) -> Result<Shared, LinkError> {
    let damaged = || LinkError::new("link.damaged");
    let (head, rest): (Further, &[u8]) = postcard::take_from_bytes(bytes).map_err(|_| damaged())?;
    let mut shared = if head.beside {
        v2::read(rest)?
    } else {
        v1::read(rest)?
    };
    for (position, more) in head.actions {
        let position = usize::try_from(position).map_err(|_| damaged())?;
        let item = shared.scenario.script.get_mut(position);
        item.ok_or_else(damaged)?.action = Arc::new(more.read());
    }
    shared.scenario.check().map_err(bounds)?;
    if let Some(contrast) = &shared.beside {
        let other = contrast.applied_to(&shared.scenario);
        other.check().map_err(bounds)?;
    }
    Ok(shared)
}
