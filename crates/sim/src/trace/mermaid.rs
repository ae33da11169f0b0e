//! The sequence of messages, as Mermaid draws it (`sequenceDiagram`).

use super::Teller;
use crate::action::Endpoint;
use crate::run::Observer;
use crate::scenario::Scenario;
use crate::view::{Event, EventKind, MessageInfo, View};
use std::collections::VecDeque;
use std::fmt::Write;
use std::ops::ControlFlow;
use synod_protocols::{Catalogue, Mark, NodeId};

/// The most lines of a diagram; older ones leave it.
const MOST_LINES: usize = 400;

/// Writes the diagram while it watches a run: a line a message that arrived or was lost, and notes
/// for elections, decisions and actions.
#[derive(Clone, Debug)]
pub struct Mermaid {
    nodes: usize,
    clients: bool,
    lines: VecDeque<String>,
    left_out: bool,
    teller: Option<Teller>,
}

impl Mermaid {
    /// A diagram of a run that has not begun.
    pub fn new(scenario: &Scenario) -> Mermaid {
        Mermaid {
            nodes: scenario.nodes,
            clients: scenario.clients.sessions > 0,
            lines: VecDeque::new(),
            left_out: false,
            teller: None,
        }
    }

    /// The diagram's text.
    pub fn finish(self) -> String {
        let words = Catalogue::new(&[crate::ENGLISH]);
        let mut text = String::from("sequenceDiagram\n");
        if self.clients {
            let _ = writeln!(text, "  participant {}", name(Endpoint::Clients));
        }
        let ends = [NodeId::at(0), NodeId::at(self.nodes.saturating_sub(1))];
        for node in (0..self.nodes).map(NodeId::at) {
            let _ = writeln!(text, "  participant {node}");
        }
        let mut note = |sentence: String| {
            let _ = writeln!(text, "  Note over {},{}: {sentence}", ends[0], ends[1]);
        };
        note(clean(&words.say("mermaid.head", &[])));
        if self.left_out {
            note(clean(
                &words.say("mermaid.cut", &[("n", MOST_LINES.to_string())]),
            ));
        }
        for line in &self.lines {
            text.push_str("  ");
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    fn push(&mut self, line: String) {
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
            self.left_out = true;
        }
        self.lines.push_back(line);
    }

    fn message(&mut self, run: &dyn View, info: &MessageInfo, arrow: &str) {
        let kind = info.kind_name(run.about());
        let epoch = match info.epoch {
            0 => String::new(),
            epoch => format!(" {}", run.about().show_epoch(epoch)),
        };
        let (from, to) = (name(info.from), name(info.to));
        self.push(format!("{from}{arrow}{to}: {kind}{epoch}"));
    }
}

/// `Clients`, since Mermaid's own words begin with small letters.
fn name(end: Endpoint) -> String {
    match end {
        Endpoint::Server(node) => node.to_string(),
        Endpoint::Clients => "Clients".to_string(),
    }
}

/// Without what Mermaid takes for the end of a line or of a text.
fn clean(sentence: &str) -> String {
    let keep = |c: char| match c {
        ';' => ',',
        '#' | '\n' | '\r' | '<' | '>' | '{' | '}' | '%' => ' ',
        c => c,
    };
    sentence.chars().map(keep).collect()
}

impl Observer for Mermaid {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        match &event.kind {
            EventKind::Delivered(info) => self.message(run, info, "->>"),
            EventKind::Lost(info, _) => self.message(run, info, "-x"),
            _ => {}
        }
        let about = run.about();
        let telling = |mark: Mark| matches!(mark, Mark::Election | Mark::Decision);
        let rules = event
            .notes
            .iter()
            .map(|note| &about.rules[usize::from(note.rule)]);
        let marked = rules.into_iter().any(|rule| telling(rule.mark));
        let acted = matches!(event.kind, EventKind::Acted(_));
        if !marked && !acted {
            return ControlFlow::Continue(());
        }
        let teller = self.teller.get_or_insert_with(|| Teller::english(about));
        let told = teller.tell(about, event);
        let mut sentences: Vec<String> = Vec::new();
        if acted {
            sentences.push(told.what);
        }
        for (note, (sentence, _)) in event.notes.iter().zip(told.rules) {
            if telling(about.rules[usize::from(note.rule)].mark) {
                sentences.push(sentence);
            }
        }
        let last = NodeId::at(self.nodes.saturating_sub(1));
        let place = match event.node {
            Some(node) => node.to_string(),
            None => format!("{},{last}", NodeId::at(0)),
        };
        for sentence in sentences {
            self.push(format!("Note over {place}: {}", clean(&sentence)));
        }
        ControlFlow::Continue(())
    }
}
