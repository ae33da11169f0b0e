//! A log with vector clocks, as ShiViz reads it with its default pattern: an event's line, then its
//! host and clock (Mattern 1989; Fidge 1988).

use super::Teller;
use crate::action::Endpoint;
use crate::run::Observer;
use crate::view::{Event, View};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;

/// How many events of each host are known; hosts by their position.
type Clock = BTreeMap<Endpoint, u64>;

/// Writes the log while it watches a run. What happens on no one host is left out, and so is what
/// is lost on the way: nobody saw it.
#[derive(Clone, Debug, Default)]
pub struct ShiViz {
    text: String,
    clocks: BTreeMap<Endpoint, Clock>,
    /// The clock with which each message in flight left.
    sent: BTreeMap<u64, Clock>,
    teller: Option<Teller>,
}

impl ShiViz {
    /// The log so far.
    pub fn finish(self) -> String {
        self.text
    }
}

impl Observer for ShiViz {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let Some(host) = event.process() else {
            if let Some(info) = event.kind.message() {
                // A message that waits at a paused process is delivered later.
                if matches!(event.kind, crate::view::EventKind::Lost(..)) {
                    self.sent.remove(&info.id);
                }
            }
            return ControlFlow::Continue(());
        };
        let teller = self
            .teller
            .get_or_insert_with(|| Teller::english(run.about()));
        let clock = self.clocks.entry(host).or_default();
        if let Some(info) = event.kind.message()
            && let Some(known) = self.sent.remove(&info.id)
        {
            for (other, count) in known {
                let own = clock.entry(other).or_default();
                *own = (*own).max(count);
            }
        }
        *clock.entry(host).or_default() += 1;
        for info in &event.sent {
            self.sent.insert(info.id, clock.clone());
        }
        let told = teller.tell(run.about(), event);
        let rules = told.rules.iter().map(|(sentence, _)| sentence.as_str());
        let words: Vec<&str> = std::iter::once(told.what.as_str()).chain(rules).collect();
        let line = words.join(" ").replace(['\n', '\r'], " ");
        let pairs: Vec<String> = clock
            .iter()
            .map(|(host, count)| format!("\"{host}\":{count}"))
            .collect();
        let _ = writeln!(self.text, "{line}\n{host} {{{}}}", pairs.join(","));
        ControlFlow::Continue(())
    }
}
