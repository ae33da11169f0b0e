//! A run told in sentences, as NDJSON (docs/trace-format.md), for Mermaid and for ShiViz.

mod faults;
mod json;
mod mermaid;
mod shiviz;

pub use json::{Tracer, VERSION, event_json};
pub use mermaid::Mermaid;
pub use shiviz::ShiViz;

use crate::action::{Action, Endpoint, LinkPatch, Pair, Who};
use crate::view::{Event, EventKind, LossReason, MessageInfo};
use synod_protocols::units::show_duration;
use synod_protocols::{About, Catalogue, NodeId, Note};

/// An event in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub what: String,
    /// The rules that were applied, each with its source.
    pub rules: Vec<(String, &'static str)>,
}

/// Tells events from a catalogue.
#[derive(Clone, Debug)]
pub struct Teller {
    pub catalogue: Catalogue,
}

impl Teller {
    /// A teller in English for a protocol.
    pub fn english(about: &About) -> Teller {
        Teller {
            catalogue: Catalogue::new(&[crate::ENGLISH, about.english]),
        }
    }

    /// The event in sentences.
    pub fn tell(&self, about: &About, event: &Event) -> Told {
        let mut what = self.kind(about, event.node, &event.kind);
        if let Some(refusal) = &event.refused {
            let why = self.catalogue.say(refusal.id, &refusal.operands);
            what = self.catalogue.say("event.refused", &[("why", why)]);
        }
        let rule = |note: &Note| {
            let rule = &about.rules[usize::from(note.rule)];
            let node = event.node.unwrap_or(NodeId(0));
            (self.catalogue.note(about.name, rule, note, node), rule.cite)
        };
        Told {
            what,
            rules: event.notes.iter().map(rule).collect(),
        }
    }

    /// What kind of event it was, in a sentence.
    pub fn kind(&self, about: &About, node: Option<NodeId>, kind: &EventKind) -> String {
        let name = node.map(|node| node.to_string()).unwrap_or_default();
        let say = |id: &str, operands: &[(&str, String)]| self.catalogue.say(id, operands);
        match kind {
            EventKind::Started => say("event.started", &[("node", name)]),
            EventKind::Delivered(info) if info.to == Endpoint::Clients => {
                self.message("event.delivered.clients", about, info)
            }
            EventKind::Delivered(info) => self.message("event.delivered", about, info),
            EventKind::Stalled(info) => self.message("event.stalled", about, info),
            EventKind::Queued(info) => self.message("event.queued", about, info),
            EventKind::Lost(info, why) => self.message(loss_id(*why), about, info),
            EventKind::Timer(timer) => {
                let id = format!(
                    "{}.timer.{}",
                    about.name,
                    about.timers[usize::from(timer.0)].name
                );
                say("event.timer", &[("node", name), ("timer", say(&id, &[]))])
            }
            EventKind::Coin { .. } => say("event.coin", &[("node", name)]),
            EventKind::Durable { .. } => say("event.durable", &[("node", name)]),
            EventKind::Flushing { writes } => say(
                "event.flushing",
                &[("node", name), ("writes", writes.to_string())],
            ),
            EventKind::Flushed { .. } => say("event.flushed", &[("node", name)]),
            EventKind::Asked { client, seq, retry } => {
                let id = if *retry {
                    "event.asked_again"
                } else {
                    "event.asked"
                };
                say(
                    id,
                    &[("client", client.to_string()), ("seq", seq.to_string())],
                )
            }
            EventKind::Acted(action) => self.acted(action, node),
            EventKind::Waits(info) => self.message("event.waits", about, info),
            EventKind::Reported { peer } => say(
                "event.reported",
                &[("node", name), ("peer", peer.to_string())],
            ),
        }
    }

    fn message(&self, id: &str, about: &About, info: &MessageInfo) -> String {
        let kind = match info.kind {
            MessageInfo::REQUEST => self.catalogue.say("message.request", &[]),
            MessageInfo::REPLY => self.catalogue.say("message.reply", &[]),
            _ => info.kind_name(about).to_string(),
        };
        let operands = [
            ("from", info.from.to_string()),
            ("to", info.to.to_string()),
            ("kind", kind),
        ];
        self.catalogue.say(id, &operands)
    }

    /// An action in a sentence, before it is done.
    pub fn action(&self, action: &Action) -> String {
        self.acted(action, None)
    }

    /// An action in a sentence, with the server that "the leader" turned out to be.
    pub fn acted(&self, action: &Action, node: Option<NodeId>) -> String {
        let say = |id: &str, operands: &[(&str, String)]| self.catalogue.say(id, operands);
        let who = |who: &Who| match who {
            Who::Node(node) => node.to_string(),
            Who::Leader => node.map_or_else(|| say("action.leader", &[]), |node| node.to_string()),
        };
        let on = |id: &str, node: &Who| say(id, &[("node", who(node))]);
        match action {
            Action::Crash { node } => on("action.crash", node),
            Action::Restart { node } => on("action.restart", node),
            Action::Pause { node } => on("action.pause", node),
            Action::Resume { node } => on("action.resume", node),
            Action::Timeout { node } => on("action.timeout", node),
            Action::Fire { node, .. } => on("action.fire", node),
            Action::Isolate { node } => on("action.isolate", node),
            Action::Rejoin { node } => on("action.rejoin", node),
            Action::Lead { node } => on("action.lead", node),
            Action::Sync { node } => on("action.sync", node),
            Action::Reconfigure { members } => {
                say("action.reconfigure", &[("members", members.to_string())])
            }
            Action::Cut { links } => say("action.cut", &[("links", pairs(links))]),
            Action::Partition { groups } => {
                let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
                say("action.partition", &[("groups", groups.join(" | "))])
            }
            Action::Heal { links } if links.is_empty() => say("action.heal", &[]),
            Action::Heal { links } => say("action.heal_links", &[("links", pairs(links))]),
            Action::Link { link, patch } => {
                let operands = [("link", link.to_string()), ("patch", self.patch(patch))];
                say("action.link", &operands)
            }
            Action::KillSession { link } => {
                say("action.kill_session", &[("link", link.to_string())])
            }
            Action::Command { client, op } => {
                let operands = [("client", client.to_string()), ("command", op.to_string())];
                say("action.command", &operands)
            }
            Action::Load { pause_us: Some(us) } => {
                say("action.load_on", &[("pause", show_duration(*us))])
            }
            Action::Load { pause_us: None } => say("action.load_off", &[]),
            Action::Hold => say("action.hold", &[]),
            Action::Release => say("action.release", &[]),
            Action::Deliver { .. } => say("action.deliver", &[]),
            Action::Drop { .. } => say("action.drop", &[]),
            Action::Duplicate { .. } => say("action.duplicate", &[]),
            Action::Delay { by_us, .. } => say("action.delay", &[("by", show_duration(*by_us))]),
            Action::Quiet => say("action.quiet", &[]),
            Action::Wait { us } => say("action.wait", &[("us", show_duration(*us))]),
            Action::Wipe { node } => on("action.wipe", node),
            Action::Slow { node, .. }
            | Action::Deaf { node, .. }
            | Action::Mute { node, .. }
            | Action::Clock { node, .. }
            | Action::Disk { node, .. } => self.fault(action, who(node)),
            Action::Oracle { delay_us: Some(us) } => {
                say("action.oracle_on", &[("delay", show_duration(*us))])
            }
            Action::Oracle { delay_us: None } => say("action.oracle_off", &[]),
        }
    }

    fn patch(&self, patch: &LinkPatch) -> String {
        let values = [
            (
                "patch.latency",
                patch.latency.map(|value| value.to_string()),
            ),
            ("patch.loss", patch.loss.map(|value| value.to_string())),
            (
                "patch.duplicate",
                patch.duplicate.map(|value| value.to_string()),
            ),
            (
                "patch.reorder",
                patch.reorder.map(|value| value.to_string()),
            ),
        ];
        let said: Vec<String> = values
            .into_iter()
            .filter_map(|(id, value)| Some(self.catalogue.say(id, &[("value", value?)])))
            .collect();
        said.join(", ")
    }
}

fn pairs(links: &[Pair]) -> String {
    links
        .iter()
        .map(Pair::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn loss_id(why: LossReason) -> &'static str {
    match why {
        LossReason::Loss => "event.lost.loss",
        LossReason::Cut => "event.lost.cut",
        LossReason::Down => "event.lost.down",
        LossReason::Session => "event.lost.session",
        LossReason::Full => "event.lost.full",
        LossReason::Dropped => "event.lost.dropped",
        LossReason::Mute => "event.lost.mute",
        LossReason::Deaf => "event.lost.deaf",
    }
}
