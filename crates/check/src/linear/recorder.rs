//! The clients' history of a run.

use super::{MOST_VISITED, Operation, Verdict, check};
use std::ops::ControlFlow;
use synod_protocols::{Answer, ClientId};
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
}

impl Recorder {
    /// A recorder of a run that has not begun.
    pub fn new(run: &dyn View) -> Recorder {
        Recorder {
            open: vec![None; run.scenario().clients.sessions],
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
