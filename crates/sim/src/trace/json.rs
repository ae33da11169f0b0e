//! A run as NDJSON, one line an event (docs/trace-format.md).

use crate::run::Observer;
use crate::view::{Event, EventKind, MessageInfo, View};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use std::ops::ControlFlow;
use synod_protocols::{Field, Micros, Unit, Value};

/// The version of the trace's form.
pub const VERSION: u32 = 1;

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
        Unit::Node | Unit::Client | Unit::Ballot | Unit::Nodes => json!(unit.show(operand)),
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
        EventKind::Waits(info) => {
            put("event", json!("waits"));
            put("message", message(info));
        }
        EventKind::Reported { peer } => {
            put("event", json!("reported"));
            put("peer", json!(peer.to_string()));
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
        Value::Ballot(ballot) => json!(ballot.to_string()),
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
