//! A run told line by line.

use std::fmt::Write;
use std::ops::ControlFlow;
use synod_check::{Monitor, Violation};
use synod_protocols::{Catalogue, Traffic};
use synod_sim::trace::Teller;
use synod_sim::{Event, EventKind, MessageInfo, Observer, View};

/// Tells events as they happen, and what was violated.
pub struct Narrator {
    teller: Teller,
    checks: Catalogue,
    pub monitor: Monitor,
    /// Tell heartbeats and finished disk writes as well.
    pub all: bool,
    pub text: String,
}

impl Narrator {
    pub fn new(run: &dyn View, all: bool) -> Narrator {
        Narrator {
            teller: Teller::english(run.about()),
            checks: Catalogue::new(&[synod_check::ENGLISH]),
            monitor: Monitor::new(run, false),
            all,
            text: String::new(),
        }
    }

    /// Whether an event is worth a line to someone who wants the story alone.
    fn is_story(&self, run: &dyn View, event: &Event) -> bool {
        let about = run.about();
        let marked = |note: &synod_protocols::Note| {
            about.rules[usize::from(note.rule)].mark != synod_protocols::Mark::Step
        };
        let heartbeat = |info: &MessageInfo| {
            about
                .kinds
                .get(usize::from(info.kind))
                .is_some_and(|kind| kind.traffic == Traffic::Heartbeat)
        };
        if event.notes.iter().any(marked) || !event.decided.is_empty() || event.refused.is_some() {
            return true;
        }
        match &event.kind {
            EventKind::Delivered(info)
            | EventKind::Lost(info, _)
            | EventKind::Queued(info)
            | EventKind::Waits(info) => {
                !heartbeat(info) || event.sent.iter().any(|sent| !heartbeat(sent))
            }
            EventKind::Durable { .. } | EventKind::Flushing { .. } | EventKind::Flushed { .. } => {
                !event.notes.is_empty()
            }
            EventKind::Timer(_) => !event.sent.iter().all(heartbeat),
            _ => true,
        }
    }

    fn tell(&mut self, run: &dyn View, event: &Event) {
        let told = self.teller.tell(run.about(), event);
        let (ms, us) = (event.time_us / 1_000, event.time_us % 1_000);
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{ms:>6}.{us:03} ms  {}", told.what);
        for (sentence, cite) in told.rules {
            let _ = writeln!(self.text, "               {sentence} [{cite}]");
        }
        for line in sent_lines(run, event) {
            let _ = writeln!(self.text, "               → {line}");
        }
        if let Some(ack) = &event.ack {
            let latency = event.time_us - ack.asked_us;
            let latency = synod_protocols::units::show_duration(latency);
            let _ = writeln!(
                self.text,
                "               {}'s command {} ({}) is answered after {latency}.",
                ack.client, ack.seq, ack.op
            );
        }
    }

    /// A violation in a sentence.
    pub fn violation(&self, violation: &Violation) -> String {
        let name = self
            .checks
            .say(&format!("invariant.{}", violation.invariant), &[]);
        let evidence = self.checks.say(violation.sentence, &violation.operands);
        format!("{name} is violated: {evidence}")
    }
}

/// Messages sent with an event: one line a kind and sender.
fn sent_lines(run: &dyn View, event: &Event) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for info in &event.sent {
        let kind = info.kind_name(run.about()).to_string();
        match lines.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, to)) => to.push(info.to.to_string()),
            None => lines.push((kind, vec![info.to.to_string()])),
        }
    }
    lines
        .into_iter()
        .map(|(kind, to)| format!("{kind} to {}", to.join(", ")))
        .collect()
}

impl Observer for Narrator {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let before = self.monitor.violations().len();
        let _ = self.monitor.after(run, event);
        if self.all || self.is_story(run, event) {
            self.tell(run, event);
        }
        for k in before..self.monitor.violations().len() {
            let line = self.violation(&self.monitor.violations()[k]);
            let _ = writeln!(self.text, "           !!  {line}");
        }
        ControlFlow::Continue(())
    }
}
