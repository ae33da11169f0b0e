//! Which past events the list shows, as rows that are made once.

use crate::model::{Line, Model};
use crate::text::{citations, event_sentence, rule, show_clock, tf};
use std::collections::VecDeque;
use std::rc::Rc;
use synod_protocols::describe::Traffic;
use synod_protocols::{About, Mark, NodeId};
use synod_sim::{Action, EventKind, MessageInfo};

/// How many rows the list holds; older ones leave it.
pub const MOST_ROWS: usize = 300;

/// What a reader wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    All,
    Leadership,
    Decisions,
    Faults,
}

impl Topic {
    pub const ALL: [Topic; 4] = [
        Topic::All,
        Topic::Leadership,
        Topic::Decisions,
        Topic::Faults,
    ];
}

/// A topic, and whether signs of life are shown as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    pub topic: Topic,
    pub heartbeats: bool,
}

impl Filter {
    fn wants(self, about: &About, line: &Line) -> bool {
        let marked = |wanted: &[Mark]| {
            let marks = line.notes.iter().filter_map(|note| rule(about, note));
            marks.into_iter().any(|rule| wanted.contains(&rule.mark))
        };
        match self.topic {
            Topic::All => {
                let telling = [
                    Mark::Refusal,
                    Mark::Campaign,
                    Mark::Election,
                    Mark::Decision,
                ];
                self.heartbeats || !is_routine(about, line) || marked(&telling)
            }
            Topic::Leadership => {
                marked(&[Mark::Campaign, Mark::Election]) || is_election(about, line)
            }
            Topic::Decisions => marked(&[Mark::Decision]) || line.acked.is_some(),
            Topic::Faults => {
                is_fault(&line.kind) && (self.heartbeats || !is_heartbeat(about, &line.kind))
            }
        }
    }
}

/// Whether it only shows that somebody lives, or is a timer that ticks for that.
pub fn is_heartbeat(about: &About, kind: &EventKind) -> bool {
    match kind {
        EventKind::Delivered(info)
        | EventKind::Queued(info)
        | EventKind::Waits(info)
        | EventKind::Lost(info, _) => traffic(about, info) == Some(Traffic::Heartbeat),
        EventKind::Timer(timer) => !about
            .timers
            .get(usize::from(timer.0))
            .is_some_and(|timer| timer.suspects),
        _ => false,
    }
}

/// Whether it is a sign of life, or a disk's step that says nothing more.
fn is_routine(about: &About, line: &Line) -> bool {
    match &line.kind {
        _ if line.acked.is_some() => false,
        EventKind::Durable { .. } | EventKind::Flushed { .. } => line.notes.is_empty(),
        // One that applies more than one rule changed something.
        kind => is_heartbeat(about, kind) && line.notes.len() <= 1,
    }
}

fn is_election(about: &About, line: &Line) -> bool {
    match &line.kind {
        EventKind::Delivered(info) => traffic(about, info) == Some(Traffic::Election),
        EventKind::Acted(action) => {
            matches!(**action, Action::Lead { .. } | Action::Timeout { .. })
        }
        _ => false,
    }
}

fn traffic(about: &About, info: &MessageInfo) -> Option<Traffic> {
    about
        .kinds
        .get(usize::from(info.kind))
        .map(|kind| kind.traffic)
}

/// Whether something broke, or was mended again.
pub fn is_fault(kind: &EventKind) -> bool {
    match kind {
        EventKind::Lost(..) => true,
        EventKind::Acted(action) => !matches!(
            **action,
            Action::Command { .. }
                | Action::Load { .. }
                | Action::Hold
                | Action::Release
                | Action::Deliver { .. }
                | Action::Quiet
                | Action::Sync { .. }
                | Action::Wait { .. }
                | Action::Oracle { .. }
        ),
        _ => false,
    }
}

/// What tells rows apart at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Refusal,
    Campaign,
    Election,
    Decision,
    Fault,
}

impl Tone {
    fn of(about: &About, line: &Line) -> Tone {
        if is_fault(&line.kind) {
            return Tone::Fault;
        }
        let mut tone = Tone::Plain;
        for note in &line.notes {
            tone = match (rule(about, note).map(|rule| rule.mark), tone) {
                (Some(Mark::Election), _) => return Tone::Election,
                (Some(Mark::Campaign), _) => Tone::Campaign,
                (Some(Mark::Decision), Tone::Plain | Tone::Refusal) => Tone::Decision,
                (Some(Mark::Refusal), Tone::Plain) => Tone::Refusal,
                (_, tone) => tone,
            };
        }
        tone
    }

    pub fn class(self) -> &'static str {
        match self {
            Tone::Plain => "plain",
            Tone::Refusal => "refusal",
            Tone::Campaign => "campaign",
            Tone::Election => "election",
            Tone::Decision => "decision",
            Tone::Fault => "fault",
        }
    }
}

/// One row of the list.
#[derive(Debug, PartialEq)]
pub struct Row {
    pub event: u64,
    pub time: String,
    pub node: Option<NodeId>,
    pub text: String,
    pub cite: String,
    pub tone: Tone,
}

impl Row {
    fn of(about: &About, line: &Line) -> Row {
        Row {
            event: line.event,
            time: show_clock(line.time_us),
            node: line.node,
            text: event_sentence(about, line),
            cite: citations(about, &line.notes),
            tone: Tone::of(about, line),
        }
    }
}

/// The rows that are shown, and how many more there would be.
#[derive(Debug)]
pub struct Feed {
    pub filter: Filter,
    pub rows: VecDeque<Rc<Row>>,
    /// Rows that came while the reader was reading older ones.
    pub waiting: usize,
    /// Whether new events are shown as they come.
    pub following: bool,
    generation: u64,
    jumps: u64,
    /// The last event that was looked at.
    seen: u64,
}

impl Default for Feed {
    fn default() -> Feed {
        Feed {
            filter: Filter {
                topic: Topic::All,
                heartbeats: false,
            },
            rows: VecDeque::new(),
            waiting: 0,
            following: true,
            generation: 0,
            jumps: 0,
            seen: 0,
        }
    }
}

impl Feed {
    /// Takes in what has happened since the last time.
    pub fn catch_up(&mut self, model: &Model) {
        let about = model.run().about();
        if (self.generation, self.jumps) != (model.generation, model.jumps) {
            self.start_over();
            (self.generation, self.jumps) = (model.generation, model.jumps);
            self.following = true;
        }
        let wanted = |line: &&Line| self.filter.wants(about, line);
        if self.following {
            // Only the last rows can stay, so only they are made.
            let fresh: Vec<&Line> = model
                .lines
                .since(self.seen)
                .rev()
                .filter(wanted)
                .take(MOST_ROWS)
                .collect();
            for line in fresh.into_iter().rev() {
                self.rows.push_back(Rc::new(Row::of(about, line)));
            }
            while self.rows.len() > MOST_ROWS {
                self.rows.pop_front();
            }
        } else {
            self.waiting += model.lines.since(self.seen).filter(wanted).count();
        }
        self.seen = model.lines.last().map_or(0, |line| line.event);
    }

    /// Shows the newest again, and what comes.
    pub fn follow(&mut self) {
        if !self.following {
            self.following = true;
            self.start_over();
        }
    }

    /// Keeps the rows as they are while the reader reads.
    pub fn stay(&mut self) {
        self.following = false;
    }

    pub fn set_filter(&mut self, filter: Filter) {
        if self.filter != filter {
            self.filter = filter;
            self.following = true;
            self.start_over();
        }
    }

    /// The pill's words, while there are rows that the reader has not seen.
    pub fn waiting_sentence(&self) -> Option<String> {
        (!self.following && self.waiting > 0)
            .then(|| tf("events.waiting", &[("n", self.waiting.to_string())]))
    }

    fn start_over(&mut self) {
        self.rows.clear();
        self.waiting = 0;
        self.seen = 0;
    }
}
