//! Every sentence that the page says, by id. Nothing else in the page holds words.
//!
//! The catalogue joins the page's own sentences with those of the world, the checkers and every
//! protocol. Ids and operands go in; sentences come out only when somebody reads them.

use crate::model::Line;
use std::sync::OnceLock;
use synod_protocols::units::{Span, show_duration};
use synod_protocols::{
    About, Answer, Ballot, Catalogue, Field, Micros, NodeId, NodeSet, Note, Outcome, Quorum,
    RuleDef, Tally, Value, registry,
};
use synod_sim::history::{Row, What};
use synod_sim::lens::Collected;
use synod_sim::trace::Teller;
use synod_sim::{Action, Endpoint, EventKind, MessageInfo};

static TELLER: OnceLock<Teller> = OnceLock::new();

/// Tells events and answers in whole sentences.
pub fn teller() -> &'static Teller {
    TELLER.get_or_init(|| {
        let mut texts = vec![
            include_str!("en.txt"),
            synod_sim::ENGLISH,
            synod_check::ENGLISH,
            synod_share::ENGLISH,
        ];
        texts.extend(registry::ALL.iter().map(|about| about.english));
        Teller {
            catalogue: Catalogue::new(&texts),
        }
    })
}

/// Every sentence by its id.
pub fn catalogue() -> &'static Catalogue {
    &teller().catalogue
}

/// The sentence of an id that takes no operands.
pub fn t(id: &'static str) -> &'static str {
    catalogue().template(id).unwrap_or(id)
}

/// The sentence of an id with its operands put in.
pub fn tf(id: &str, operands: &[(&str, String)]) -> String {
    catalogue().say(id, operands)
}

/// The sentence of an id whose one operand is the number `n`.
pub fn tn(id: &str, n: usize) -> String {
    tf(id, &[("n", n.to_string())])
}

/// The sentence of an id, if there is one.
pub fn known(id: &str) -> Option<&'static str> {
    catalogue().template(id)
}

/// What the reader can make a server do: in the protocol's own words, if it has any.
pub fn act_name(about: &About, act: &'static str) -> &'static str {
    let own = [about.name, ".act.", act].concat();
    let shared = ["do.", act].concat();
    known(&own).or_else(|| known(&shared)).unwrap_or(act)
}

/// The rule that a note applied.
pub fn rule(about: &About, note: &Note) -> Option<&'static RuleDef> {
    about.rules.get(usize::from(note.rule))
}

/// What a note says.
pub fn note_sentence(about: &About, note: &Note, node: NodeId) -> String {
    match rule(about, note) {
        Some(rule) => catalogue().note(about.name, rule, note, node),
        None => String::new(),
    }
}

/// What a line's notes say, one after another; empty if it has none.
pub fn notes_sentence(about: &About, line: &Line) -> String {
    let mut text = String::new();
    let Some(node) = line.node else { return text };
    for note in &line.notes {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&note_sentence(about, note, node));
    }
    text
}

/// A past event: what was done, what the notes say of it, and the answer that it gave a client.
/// What merely came in is told only if nothing else is.
pub fn event_sentence(about: &About, line: &Line) -> String {
    let notes = notes_sentence(about, line);
    let acted = matches!(line.kind, EventKind::Acted(_));
    let mut parts: Vec<String> = Vec::with_capacity(3);
    if let Some(refusal) = &line.refused {
        let why = tf(refusal.id, &refusal.operands);
        parts.push(tf("event.refused", &[("why", why)]));
    } else if acted || (notes.is_empty() && line.acked.is_none()) {
        parts.push(teller().kind(about, line.node, &line.kind));
    }
    if !notes.is_empty() {
        parts.push(notes);
    }
    if let Some(ack) = &line.acked {
        let operands = [
            ("client", ack.client.to_string()),
            ("op", ack.op.to_string()),
            ("answer", answer_text(&ack.answer)),
            (
                "after",
                show_time(line.time_us.saturating_sub(ack.asked_us)),
            ),
        ];
        parts.push(tf("event.acked", &operands));
    }
    parts.join(" ")
}

/// What a past event was, without the rules that it applied.
pub fn event_kind_sentence(about: &About, line: &Line) -> String {
    if let Some(refusal) = &line.refused {
        let why = tf(refusal.id, &refusal.operands);
        return tf("event.refused", &[("why", why)]);
    }
    teller().kind(about, line.node, &line.kind)
}

/// What would have happened otherwise, where the protocol knows it.
pub fn otherwise(about: &About, note: &Note, node: NodeId) -> Option<String> {
    catalogue().otherwise(about.name, rule(about, note)?, note, node)
}

/// An action that was done, in a sentence.
pub fn action_text(action: &Action, node: Option<NodeId>) -> String {
    teller().acted(action, node)
}

/// An end of a link in a few letters.
pub fn lane_text(lane: Endpoint) -> String {
    endpoint_text(lane)
}

/// A row of the history in a few words: `AppendEntries from S1`, `S3: election timer`.
pub fn row_text(about: &About, row: &Row) -> String {
    let lane = row.lane.map(lane_text).unwrap_or_default();
    let kind = |detail: u8| kind_text(about, detail);
    let timer = || {
        let timer = about.timers.get(usize::from(row.detail));
        timer.map_or(String::new(), |timer| timer_name(about, timer.name))
    };
    let (id, what) = match row.what {
        What::Started => ("row.started", String::new()),
        What::Delivered => ("row.delivered", kind(row.detail).to_string()),
        What::Lost => ("row.lost", kind(row.detail).to_string()),
        What::Stalled | What::Queued => ("row.waits", kind(row.detail).to_string()),
        What::Timer => ("row.timer", timer()),
        What::Coin => ("row.coin", String::new()),
        What::Durable => ("row.durable", String::new()),
        What::Flushing | What::Flushed => ("row.flushed", String::new()),
        What::Asked => ("row.asked", String::new()),
        What::Crashed => ("row.crashed", String::new()),
        What::Restarted => ("row.restarted", String::new()),
        What::Paused => ("row.paused", String::new()),
        What::Resumed => ("row.resumed", String::new()),
        What::Acted => ("row.acted", String::new()),
        What::Reported => ("row.reported", String::new()),
    };
    let peer = row.peer.map(lane_text).unwrap_or_default();
    tf(id, &[("lane", lane), ("what", what), ("peer", peer)])
}

/// A message's kind by its number, as in [`MessageInfo::kind`].
pub fn kind_text(about: &About, kind: u8) -> &'static str {
    match kind {
        MessageInfo::REQUEST => t("message.request"),
        MessageInfo::REPLY => t("message.reply"),
        kind => about
            .kinds
            .get(usize::from(kind))
            .map_or("", |kind| kind.name),
    }
}

/// An end of a link, as people read it.
pub fn endpoint_text(endpoint: Endpoint) -> String {
    match endpoint {
        Endpoint::Server(node) => node.to_string(),
        Endpoint::Clients => t("endpoint.clients").to_string(),
    }
}

/// The sources of some notes, each once: `Raft §5.3, §5.4.2 · Ongaro §10.2.1`.
pub fn citations(about: &About, notes: &[Note]) -> String {
    let mut papers: Vec<(&str, Vec<&str>)> = Vec::new();
    for cite in notes
        .iter()
        .filter_map(|note| rule(about, note))
        .map(|rule| rule.cite)
    {
        let (paper, sections) = cite.split_once(' ').unwrap_or((cite, ""));
        let place = papers
            .iter()
            .position(|(known, _)| *known == paper)
            .unwrap_or_else(|| {
                papers.push((paper, Vec::new()));
                papers.len() - 1
            });
        for section in sections.split(", ") {
            if !papers[place].1.contains(&section) {
                papers[place].1.push(section);
            }
        }
    }
    let cites = papers.iter().map(|(paper, sections)| {
        // A paper's name and its section stay on one line.
        [paper, "\u{a0}", &sections.join(", ")].concat()
    });
    cites.collect::<Vec<String>>().join(" · ")
}

/// A word of a protocol's own, such as `raft.role.leader`; the bare word if it has no entry.
fn word(about: &About, group: &str, name: &str) -> String {
    let id = [about.name, ".", group, ".", name].concat();
    known(&id).unwrap_or(name).to_string()
}

pub fn role_name(about: &About, role: &str) -> String {
    word(about, "role", role)
}

/// A field's name: the protocol's, or the world's for clients' messages.
pub fn field_name(about: &About, field: &str) -> String {
    let shared = ["message.field.", field].concat();
    known(&shared).map_or_else(|| word(about, "field", field), str::to_string)
}

/// What a tally gathers, such as votes; `subject` is the term or index that it is for.
pub fn tally_name(about: &About, what: &str, subject: u64) -> String {
    let id = [about.name, ".tally.", what].concat();
    tf(&id, &[("subject", subject.to_string())])
}

/// What a kind of tally gathers, whatever it is for.
pub fn tally_kind(about: &About, what: usize) -> String {
    let name = about.tallies.get(what).map_or("", |tally| tally.name);
    let own = [about.name, ".tallies.", name].concat();
    known(&own).map_or_else(|| tally_name(about, name, 0), str::to_string)
}

/// A quorum that closed, or what was collected for one: `index 4 committed in term 1`.
pub fn closed_text(about: &About, collected: &Collected) -> String {
    let tally = about.tallies.get(usize::from(collected.what));
    let id = [about.name, ".closed.", tally.map_or("", |tally| tally.name)].concat();
    let operands = [
        ("node", collected.node.to_string()),
        ("index", collected.subject.to_string()),
        ("epoch", about.show_epoch(collected.epoch)),
    ];
    if collected.closed {
        return tf(&id, &operands);
    }
    tf(&[&*id, ".open"].concat(), &operands)
}

/// A quorum system in words.
pub fn quorum_text(quorum: &Quorum) -> String {
    let n = quorum.members().len();
    let size = quorum
        .smallest()
        .map_or_else(|| t("value.none").into(), |size| size.to_string());
    let mut operands = vec![("n", n.to_string()), ("size", size)];
    let id = match quorum {
        Quorum::Majority { .. } => "quorum.majority",
        Quorum::Threshold { .. } => "quorum.threshold",
        Quorum::Byzantine { .. } => "quorum.byzantine",
        Quorum::Weighted { weights, .. } => {
            let weights: Vec<String> = weights.iter().map(u32::to_string).collect();
            operands.push(("weights", weights.join(" + ")));
            "quorum.weighted"
        }
        Quorum::Grid { columns, .. }
        | Quorum::Row { columns, .. }
        | Quorum::Column { columns, .. } => {
            operands.push(("columns", columns.to_string()));
            operands.push(("rows", n.div_ceil((*columns).max(1)).to_string()));
            match quorum {
                Quorum::Grid { .. } => "quorum.grid",
                Quorum::Row { .. } => "quorum.row",
                _ => "quorum.column",
            }
        }
        Quorum::Joint { old, new } => {
            operands.push(("old", quorum_text(old)));
            operands.push(("new", quorum_text(new)));
            "quorum.joint"
        }
    };
    tf(id, &operands)
}

/// A phase that costs messages.
pub fn cost_name(about: &About, cost: &str) -> String {
    word(about, "cost", cost)
}

/// How much of its quorum a tally has: `2 of 3`.
pub fn tally_count(tally: &Tally) -> String {
    let need = tally.quorum.need(tally.have);
    let have = tally.have.len().to_string();
    tf("tally.count", &[("have", have), ("need", need.to_string())])
}

pub fn timer_name(about: &About, timer: &str) -> String {
    word(about, "timer", timer)
}

/// What an option demands.
pub fn option_name(about: &About, option: &str) -> String {
    word(about, "option", option)
}

/// An option in a word or two; its own name if the catalogue has no shorter one.
pub fn option_short(about: &About, option: &str) -> String {
    let id = [about.name, ".option.", option, ".short"].concat();
    known(&id).unwrap_or(option).to_string()
}

/// Servers as people list them: `S1 S2 S3`.
pub fn servers_text(nodes: NodeSet) -> String {
    nodes.to_string().replace(',', "")
}

/// What the protocol calls an epoch: term, ballot, view.
pub fn epoch_name(about: &About) -> String {
    word(about, "epoch", about.epoch)
}

/// The name of a message's kind.
pub fn message_name(about: &About, info: &MessageInfo) -> &'static str {
    let name = info.kind_name(about);
    match name {
        "request" => t("message.request"),
        "reply" => t("message.reply"),
        other => other,
    }
}

/// A value as people read it.
pub fn value_text(about: &About, value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Ballot(ballot) if *ballot == Ballot::NONE => t("value.none").to_string(),
        Value::Ballot(ballot) => ballot.to_string(),
        Value::Node(node) => node.to_string(),
        Value::Nodes(nodes) if nodes.is_empty() => t("value.none").to_string(),
        Value::Nodes(nodes) => nodes.to_string(),
        Value::Flag(true) => t("value.yes").to_string(),
        Value::Flag(false) => t("value.no").to_string(),
        Value::Text(text) => text.clone(),
        Value::Word(id) => known(id).map_or_else(|| word(about, "word", id), str::to_string),
        Value::Nothing => t("value.none").to_string(),
    }
}

/// A field's value as people read it.
pub fn field_text(about: &About, field: &Field) -> String {
    value_text(about, &field.value)
}

/// What a server told a client.
pub fn answer_text(answer: &Answer) -> String {
    let found = |id: &str, value: Option<&str>| {
        tf(
            id,
            &[("value", value.unwrap_or(t("value.none")).to_string())],
        )
    };
    match answer {
        Answer::Applied {
            outcome: Outcome::Done,
        } => t("outcome.done").to_string(),
        Answer::Applied {
            outcome: Outcome::Value { value },
        } => found("answer.value", value.as_deref()),
        Answer::Applied {
            outcome: Outcome::Differs { value },
        } => found("outcome.differs", value.as_deref()),
        Answer::Applied {
            outcome: Outcome::TooLong,
        } => t("outcome.too_long").to_string(),
        Answer::NotLeader { hint: Some(node) } => {
            tf("answer.not_leader_hint", &[("node", node.to_string())])
        }
        Answer::NotLeader { hint: None } => t("answer.not_leader").to_string(),
    }
}

/// A run's clock, always with the same number of decimals: `312.4 ms`, `6.200 s`.
pub fn show_clock(us: Micros) -> String {
    let (whole, rest, unit) = match us {
        0..1_000_000 => (us / 1_000, format!("{}", us % 1_000 / 100), "ms"),
        _ => (
            us / 1_000_000,
            format!("{:03}", us % 1_000_000 / 1_000),
            "s",
        ),
    };
    format!("{whole}.{rest}\u{a0}{unit}")
}

/// A range of durations, in milliseconds: `0.5–1.5 ms`.
pub fn show_span(span: Span) -> String {
    let show = |us: Micros| {
        let text = format!("{}.{:03}", us / 1_000, us % 1_000);
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    if span.min_us == span.max_us {
        return show_time(span.min_us);
    }
    [&show(span.min_us), "–", &show(span.max_us), "\u{a0}ms"].concat()
}

/// A duration or a moment, rounded to what a reader takes in: `312.4 ms`, `1.255 s`.
pub fn show_time(us: Micros) -> String {
    let step = match us {
        0..10_000 => 10,
        10_000..1_000_000 => 100,
        1_000_000..100_000_000 => 1_000,
        _ => 10_000,
    };
    let text = show_duration(if us < 1_000 { us } else { us / step * step });
    match text.find(|c: char| c.is_ascii_alphabetic()) {
        Some(unit) => {
            let name = if &text[unit..] == "us" {
                "µs"
            } else {
                &text[unit..]
            };
            [&text[..unit], "\u{a0}", name].concat()
        }
        None => text,
    }
}
