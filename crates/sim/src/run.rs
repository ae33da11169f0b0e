//! Running a scenario, whatever its protocol.

use crate::action::{Action, Refusal};
use crate::scenario::Scenario;
use crate::view::{Event, View};
use crate::world::World;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use synod_protocols::registry::{self, Visitor};
use synod_protocols::{Micros, Protocol};

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An event happened; see [`Run::event`].
    Event,
    /// Nothing is left to happen.
    Quiet,
}

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The time was reached.
    Time,
    /// So many events happened as were allowed.
    Events,
    /// Nothing is left to happen.
    Quiet,
    /// The observer asked for it.
    Observer,
}

/// Someone who watches every event. The checkers take this seat; the world does not know them.
pub trait Observer {
    /// Called after each event; `Break` stops the run there.
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()>;
}

/// Two who watch; either may stop the run.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let first = self.0.after(run, event);
        let second = self.1.after(run, event);
        if first.is_break() { first } else { second }
    }
}

impl Observer for () {
    fn after(&mut self, _: &dyn View, _: &Event) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// A run that goes on.
pub trait Run: View {
    /// The last event.
    fn event(&self) -> &Event;

    /// The time of the next event; `None` if nothing is left, or a person must act first.
    fn next_time(&mut self) -> Option<Micros>;

    /// Lets one event happen.
    fn step(&mut self) -> Step;

    /// Lets everything up to a time happen, and lets that time come; at most so many events.
    fn run_until(&mut self, until: Micros, events: u64, observer: &mut dyn Observer) -> Stop;

    /// Does something now and adds it to the script. It is an event of its own.
    ///
    /// # Errors
    /// Why it cannot be done; the run is as it was.
    fn act(&mut self, action: Action) -> Result<(), Refusal>;

    /// A copy that goes its own way. It shares logs and stores with this one, so that it costs
    /// about [`Run::weight`].
    fn fork(&self) -> Box<dyn Run>;

    /// The scenario, shared.
    fn scenario_shared(&self) -> &Arc<Scenario>;

    /// Takes a script that is the same up to what has been done, and may go on differently.
    fn follow(&mut self, scenario: Arc<Scenario>);

    /// Drops from the script what was done by hand after this moment.
    fn forget_future(&mut self);

    /// A digest of the whole state, by which two runs of one program are compared.
    fn digest(&self) -> u64;

    /// About how many bytes a copy takes that nothing else shares.
    fn weight(&self) -> usize;

    fn as_view(&self) -> &dyn View;
}

/// Why a scenario cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    UnknownProtocol(String),
    Options(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::UnknownProtocol(name) => write!(f, "there is no protocol `{name}`"),
            OpenError::Options(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for OpenError {}

/// Starts a run of a scenario.
///
/// # Errors
/// If the protocol is unknown or its options contradict one another.
pub fn open(scenario: &Scenario) -> Result<Box<dyn Run>, OpenError> {
    struct Open<'a>(&'a Scenario);
    impl Visitor for Open<'_> {
        type Output = Result<Box<dyn Run>, OpenError>;

        fn visit<P: Protocol>(self) -> Self::Output {
            let world = World::<P>::new(self.0.clone()).map_err(OpenError::Options)?;
            Ok(Box::new(world))
        }
    }
    registry::visit(scenario.protocol, Open(scenario))
        .ok_or_else(|| OpenError::UnknownProtocol(scenario.protocol.to_string()))?
}
