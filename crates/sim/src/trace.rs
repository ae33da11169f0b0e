//! A run told in sentences, and as NDJSON (docs/trace-format.md).

use crate::action::{Action, Endpoint, LinkPatch, Pair, Who};
use crate::run::Observer;
use crate::view::{Event, EventKind, LossReason, MessageInfo, View};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::ops::ControlFlow;
use synod_protocols::units::show_duration;
use synod_protocols::{About, Catalogue, Field, Micros, NodeId, Note, Unit, Value};

/// The version of the trace's form.
pub const VERSION: u32 = 1;

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
    }
}

/// Collects a trace: a head line, then one line an event.
#[derive(Clone, Debug, Default)]
pub struct Tracer {
    text: String,
}

impl Tracer {
    /// A trace of a run that has not begun.
    pub fn new(run: &dyn View) -> Tracer {
        let scenario = run.scenario();
        let head = json!({
            "synod_trace": VERSION,
            "protocol": scenario.protocol,
            "nodes": scenario.nodes,
            "seed": scenario.seed,
            "scenario": crate::export::to_toml(scenario),
        });
        Tracer {
            text: format!("{head}\n"),
        }
    }

    /// The lines so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes the lines, leaving none.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

impl Observer for Tracer {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let line = event_json(run, event);
        self.text.push_str(&line.to_string());
        self.text.push('\n');
        ControlFlow::Continue(())
    }
}

/// An event as JSON: what happened, the rules applied with their operands, the messages sent.
pub fn event_json(run: &dyn View, event: &Event) -> Json {
    let about = run.about();
    let mut line = Map::new();
    line.insert("n".into(), json!(event.index));
    line.insert("t_us".into(), json!(event.time_us));
    if let Some(node) = event.node {
        line.insert("node".into(), json!(node.to_string()));
    }
    kind_json(run, &event.kind, &mut line);
    if let Some(refusal) = &event.refused {
        line.insert("refused".into(), json!(refusal.id));
    }
    if !event.notes.is_empty() {
        let notes = event.notes.iter().map(|note| {
            let rule = &about.rules[usize::from(note.rule)];
            let operands: Map<String, Json> = rule
                .operands
                .iter()
                .zip(note.operands)
                .map(|((name, unit), operand)| ((*name).to_string(), operand_json(*unit, operand)))
                .collect();
            json!({ "rule": rule.id, "cite": rule.cite, "with": operands })
        });
        line.insert("notes".into(), notes.collect());
    }
    if !event.sent.is_empty() {
        let sent = event.sent.iter().map(|info| sent_json(run, info));
        line.insert("sent".into(), sent.collect());
    }
    if !event.decided.is_empty() {
        let decided = event.decided.iter().map(|decided| {
            let command = decided
                .payload
                .command()
                .map(|command| command.op.to_string());
            json!({ "index": decided.index, "epoch": decided.epoch, "command": command })
        });
        line.insert("decided".into(), decided.collect());
    }
    if let Some(ack) = &event.ack {
        let latency: Micros = event.time_us - ack.asked_us;
        let ack = json!({
            "client": ack.client.to_string(),
            "seq": ack.seq,
            "command": ack.op.to_string(),
            "answer": plain(&ack.answer),
            "latency_us": latency,
        });
        line.insert("ack".into(), ack);
    }
    Json::Object(line)
}

/// A value of our own types as JSON; they hold nothing that JSON cannot.
fn plain(value: &impl Serialize) -> Json {
    serde_json::to_value(value).unwrap_or(Json::Null)
}

fn operand_json(unit: Unit, operand: u64) -> Json {
    match unit {
        Unit::Number | Unit::Time => json!(operand),
        Unit::Node | Unit::Client => json!(unit.show(operand)),
    }
}

fn kind_json(run: &dyn View, kind: &EventKind, line: &mut Map<String, Json>) {
    let message = |info: &MessageInfo| {
        json!({
            "id": info.id,
            "from": info.from.to_string(),
            "to": info.to.to_string(),
            "kind": info.kind_name(run.about()),
        })
    };
    let mut put = |name: &str, value: Json| {
        line.insert(name.to_string(), value);
    };
    match kind {
        EventKind::Started => put("event", json!("started")),
        EventKind::Delivered(info) => {
            put("event", json!("delivered"));
            put("message", message(info));
        }
        EventKind::Lost(info, why) => {
            put("event", json!("lost"));
            put("message", message(info));
            put("why", plain(why));
        }
        EventKind::Stalled(info) => {
            put("event", json!("stalled"));
            put("message", message(info));
        }
        EventKind::Queued(info) => {
            put("event", json!("queued"));
            put("message", message(info));
        }
        EventKind::Timer(timer) => {
            put("event", json!("timer"));
            put(
                "timer",
                json!(run.about().timers[usize::from(timer.0)].name),
            );
        }
        EventKind::Coin { heads } => {
            put("event", json!("coin"));
            put("heads", json!(heads));
        }
        EventKind::Durable { writes } => {
            put("event", json!("durable"));
            put("writes", json!(writes));
        }
        EventKind::Flushing { writes } => {
            put("event", json!("flushing"));
            put("writes", json!(writes));
        }
        EventKind::Flushed { writes } => {
            put("event", json!("flushed"));
            put("writes", json!(writes));
        }
        EventKind::Asked { client, seq, retry } => {
            put("event", json!("asked"));
            put("client", json!(client.to_string()));
            put("seq", json!(seq));
            put("retry", json!(retry));
        }
        EventKind::Acted(action) => {
            put("event", json!("acted"));
            put("action", plain(action.as_ref()));
        }
    }
}

fn sent_json(run: &dyn View, info: &MessageInfo) -> Json {
    let mut line = Map::new();
    line.insert("id".into(), json!(info.id));
    line.insert("to".into(), json!(info.to.to_string()));
    line.insert("kind".into(), json!(info.kind_name(run.about())));
    if let Some(message) = run.message(info.id) {
        let fields: Map<String, Json> = message
            .fields
            .iter()
            .map(|field| (field.name.to_string(), field_json(field)))
            .collect();
        line.insert("fields".into(), Json::Object(fields));
    }
    Json::Object(line)
}

fn field_json(field: &Field) -> Json {
    match &field.value {
        Value::Number(number) => json!(number),
        Value::Node(node) => json!(node.to_string()),
        Value::Nodes(nodes) => json!(
            nodes
                .iter()
                .map(|node| node.to_string())
                .collect::<Vec<_>>()
        ),
        Value::Flag(flag) => json!(flag),
        Value::Text(text) => json!(text),
        Value::Word(word) => json!(word),
        Value::Nothing => Json::Null,
    }
}
