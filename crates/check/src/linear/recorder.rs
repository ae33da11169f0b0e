//! The clients' history of a run.

use super::{MOST_VISITED, Operation, Verdict, check};
use crate::monitor::Violation;
use std::ops::ControlFlow;
use synod_protocols::{Answer, ClientId, Micros, NodeSet};
use synod_sim::{Action, Event, EventKind, Observer, View};

/// The most operations that are kept of one run; what comes later is left out, and said to be.
const MOST_OPERATIONS: usize = 100_000;

/// Records what clients ask and what they are told.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    operations: Vec<Operation>,
    /// By session: the position of the operation under way.
    open: Vec<Option<usize>>,
    cut_short: bool,
    /// When each operation returned, by its position.
    returned_us: Vec<Micros>,
    /// Whether the protocol keeps the clients' store; one that decides once keeps none.
    keeps_store: bool,
}

impl Recorder {
    /// A recorder of a run that has not begun.
    pub fn new(run: &dyn View) -> Recorder {
        Recorder {
            open: vec![None; run.scenario().clients.sessions],
            keeps_store: run.about().invariants.contains(&"applied_at_most_once"),
            ..Recorder::default()
        }
    }

    /// Every operation, in the order of invocations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Whether the run had more operations than are kept.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Whether the history so far is linearizable.
    pub fn verdict(&self) -> Verdict {
        check(&self.operations, MOST_VISITED)
    }

    /// What a run broke, if its history has no order; a search that gave up finds nothing.
    pub fn violation(&self) -> Option<Violation> {
        if !self.keeps_store {
            return None;
        }
        let Verdict::Violated(evidence) = self.verdict() else {
            return None;
        };
        let misplaced = &evidence.operations[evidence.misplaced];
        let same = |of: &Operation| (of.client, of.seq) == (misplaced.client, misplaced.seq);
        let position = self.operations.iter().position(same)?;
        let (returned, _) = misplaced.returned.as_ref()?;
        Some(Violation {
            invariant: "linearizability",
            event: returned / 2,
            time_us: self.returned_us[position],
            nodes: NodeSet::EMPTY,
            sentence: "evidence.linearizability",
            operands: vec![
                ("client", misplaced.client.to_string()),
                ("seq", misplaced.seq.to_string()),
                ("op", misplaced.op.to_string()),
                ("key", evidence.key.to_string()),
                ("n", evidence.operations.len().to_string()),
            ],
        })
    }

    /// Remembers what a session asks for, unless it is known.
    fn ask(&mut self, run: &dyn View, event: &Event, client: ClientId) {
        let Some(command) = run.asking(client) else {
            return;
        };
        let Some(open) = self.open.get_mut(usize::from(client.0)) else {
            return;
        };
        if open.is_some() {
            return;
        }
        if self.operations.len() >= MOST_OPERATIONS {
            self.cut_short = true;
            return;
        }
        *open = Some(self.operations.len());
        self.returned_us.push(0);
        self.operations.push(Operation {
            client,
            seq: command.seq,
            op: command.op.clone(),
            // Within one event an answer comes before the next question.
            invoked: 2 * event.index + 1,
            returned: None,
        });
    }
}

impl Observer for Recorder {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let mut asked = match &event.kind {
            EventKind::Asked { client, .. } => Some(*client),
            EventKind::Acted(action) => match **action {
                Action::Command { client, .. } => Some(client),
                _ => None,
            },
            _ => None,
        };
        if let Some(ack) = &event.ack
            && let Answer::Applied { outcome } = &ack.answer
        {
            let open = self.open.get_mut(usize::from(ack.client.0));
            if let Some(position) = open.and_then(Option::take) {
                let operation = &mut self.operations[position];
                if operation.seq == ack.seq {
                    operation.returned = Some((2 * event.index, outcome.clone()));
                    self.returned_us[position] = event.time_us;
                }
            }
            asked = Some(ack.client);
        }
        if let Some(client) = asked {
            self.ask(run, event, client);
        }
        ControlFlow::Continue(())
    }
}
