//! The faults of processes, clocks and disks in sentences.

use super::Teller;
use crate::action::{Action, ClockPatch, DiskPatch, Endpoint};
use synod_protocols::units::{Chance, show_duration};

impl Teller {
    /// A fault of a server, whose name is given, in a sentence; empty for any other action.
    pub(super) fn fault(&self, action: &Action, node: String) -> String {
        let say = |id: &str, more: &[(&'static str, String)]| {
            let mut operands = vec![("node", node.clone())];
            operands.extend_from_slice(more);
            self.catalogue.say(id, &operands)
        };
        match action {
            Action::Slow { takes, .. } if takes.max_us == 0 => say("action.slow_undo", &[]),
            Action::Slow { takes, .. } => say("action.slow", &[("takes", takes.to_string())]),
            Action::Deaf { chance, peer, .. } => {
                let id = ["action.deaf", "action.deaf_from", "action.deaf_undo"];
                say(omission(id, *chance, *peer), &omitted(*chance, *peer))
            }
            Action::Mute { chance, peer, .. } => {
                let id = ["action.mute", "action.mute_to", "action.mute_undo"];
                say(omission(id, *chance, *peer), &omitted(*chance, *peer))
            }
            Action::Clock { patch, .. } => {
                say("action.clock", &[("patch", self.clock_patch(patch))])
            }
            Action::Disk { patch, .. } => say("action.disk", &[("patch", self.disk_patch(patch))]),
            _ => String::new(),
        }
    }

    fn clock_patch(&self, patch: &ClockPatch) -> String {
        let jump = (patch.jump_us != 0 || patch.drift_ppm.is_none()).then(|| signed(patch.jump_us));
        let drift = patch.drift_ppm.map(|ppm| format!("{ppm:+}"));
        self.patched(&[("patch.jump", jump), ("patch.drift", drift)])
    }

    fn disk_patch(&self, patch: &DiskPatch) -> String {
        let policy = patch.policy.map(|policy| {
            let id = format!("patch.policy.{}", policy.name());
            self.catalogue.say(&id, &[])
        });
        let waits = patch.fsync_before_reply.map(|waits| {
            let id = if waits {
                "patch.fsync_before_reply.on"
            } else {
                "patch.fsync_before_reply.off"
            };
            self.catalogue.say(id, &[])
        });
        self.patched(&[
            ("patch.policy", policy),
            ("patch.fsync_before_reply", waits),
            ("patch.fsync", patch.fsync.map(|span| span.to_string())),
            ("patch.window", patch.window_us.map(show_duration)),
            ("patch.flush", patch.flush_us.map(show_duration)),
        ])
    }

    fn patched(&self, values: &[(&str, Option<String>)]) -> String {
        let said: Vec<String> = values
            .iter()
            .filter_map(|(id, value)| {
                let value = value.clone()?;
                Some(self.catalogue.say(id, &[("value", value)]))
            })
            .collect();
        said.join(", ")
    }
}

/// The sentence for everybody, for one peer, or for the end of it.
fn omission(
    [all, one, undo]: [&'static str; 3],
    chance: Chance,
    peer: Option<Endpoint>,
) -> &'static str {
    match (chance, peer) {
        (Chance::NEVER, _) => undo,
        (_, None) => all,
        (_, Some(_)) => one,
    }
}

fn omitted(chance: Chance, peer: Option<Endpoint>) -> [(&'static str, String); 2] {
    let peer = peer.map_or(String::new(), |peer| peer.to_string());
    [("chance", chance.to_string()), ("peer", peer)]
}

/// A signed duration as it is read: `+2s`, `-40ms`.
fn signed(us: i64) -> String {
    let sign = if us < 0 { '-' } else { '+' };
    format!("{sign}{}", show_duration(us.unsigned_abs()))
}
