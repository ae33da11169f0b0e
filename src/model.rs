//! Everything that the views show: the run, what watches it, and what the reader has chosen.
//!
//! Nothing in [`Model`] knows that a browser exists. [`Handle`] shares one model among components
//! and the frame loop, and tells them when it has changed.

mod before;
mod handle;
mod lens;
mod lines;
mod moment;
mod opening;
mod speed;
mod twin;

pub use handle::{Handle, Subscription, use_model};
pub use lens::{Aspect, Key, Lens};
pub use lines::{Line, Lines};
pub use speed::Speed;
pub use twin::{Twin, distinction};

use crate::text::{self, t};
use synod_check::Monitor;
use synod_protocols::NodeId;
use synod_sim::history::History;
use synod_sim::lens::Chronicle;
use synod_sim::{
    Action, Endpoint, EventKind, MessageInfo, Observer, Run, Scenario, Step, Stop, View,
};

/// The most events that one call of [`Model::advance`] lets happen.
const MOST_EVENTS_A_CALL: u64 = 20_000;
/// How many events happen between two looks at the clock.
const EVENTS_A_CHUNK: u64 = 200;
/// How long a stretch of time the diagram shows at first.
const FIRST_DIAGRAM_US: u64 = 200_000;
/// The longest real time that one call makes up for; a page that slept does not leap.
const LONGEST_GAP_US: u64 = 100_000;

/// What the reader has chosen, or whose menu is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    Node(NodeId),
    Link(Endpoint, Endpoint),
    /// A message in flight, by its number.
    Message(u64),
    /// An event that has happened along this branch, by its number.
    Event(u64),
}

/// A sentence to show for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    /// Counted up, so that the same sentence twice is two notices.
    pub number: u64,
}

/// What watches a run: its invariants, and the quorums that closed.
pub type Watch = (Monitor, Chronicle);

/// Begins to watch a run, which stops where an invariant breaks.
pub fn watch(run: &dyn View) -> Watch {
    (Monitor::new(run, true), Chronicle::new(run))
}

/// Everything the views show; one per page.
pub struct Model {
    history: History<Watch>,
    pub playing: bool,
    pub speed: Speed,
    pub selection: Option<Selection>,
    /// Whose menu is open on the stage.
    pub menu: Option<Selection>,
    /// The past events, for the list.
    pub lines: Lines,
    pub notice: Option<Notice>,
    /// Which of the monitor's violations stopped the run; cleared by going on.
    pub stopped_at: Option<usize>,
    /// Whether the machine cannot keep up with the chosen speed.
    pub slow: bool,
    /// Counted up when another run begins, so that views forget what they drew.
    pub generation: u64,
    /// Counted up when the reader goes to another moment, so that views look afresh.
    pub jumps: u64,
    /// Whether the space-time diagram is open.
    pub diagram: bool,
    /// How long a stretch of time the diagram shows.
    pub diagram_us: u64,
    /// Where it begins, if the reader has moved it; otherwise it follows the present moment.
    pub diagram_from: Option<u64>,
    /// Whether branches are compared at the same event, rather than at the same time.
    pub compare_events: bool,
    /// What the timeline shows, if it is not everything.
    pub zoom: Option<(u64, u64)>,
    /// The chosen event in full, as long as one is chosen.
    pub chosen_event: Option<Box<Line>>,
    /// What the inspector shows beside what is chosen.
    pub lens: Lens,
    /// A second run beside this one.
    pub twin: Option<Box<Twin>>,
    /// Whether this run counts by quorums of which two need not meet, though they must.
    pub unsafe_quorums: bool,
    /// The run that this one has taken the place of, if it was kept.
    before: Option<Box<Model>>,
    /// A link's run that has not come to its moment yet.
    opening: Option<opening::Opening>,
    /// The scenario as it was opened, without the reader's own actions.
    original: Scenario,
    /// Whether a held run has a script that goes on by itself.
    scripted: bool,
    /// The real time since its last step.
    waited_us: u64,
    /// The part of a microsecond, in units of 1/denominator, that is still to pass.
    remainder: u64,
    notices: u64,
    /// How many violations were known at the last look.
    known: usize,
}

impl Model {
    /// Opens a scenario at its first moment.
    ///
    /// # Errors
    /// A sentence, if the scenario cannot be run.
    pub fn open(scenario: &Scenario) -> Result<Model, String> {
        let mut model = Model::started(scenario)?;
        model.skip_to(scenario.show_from_us);
        Ok(model)
    }

    /// A scenario whose servers have started.
    fn started(scenario: &Scenario) -> Result<Model, String> {
        let history = History::open(scenario, watch).map_err(|error| error.to_string())?;
        // Quorums follow from the options alone, and these stay as long as the run.
        let unsafe_quorums = !history.run().quorums().unsafe_pairs().is_empty();
        let mut model = Model {
            history,
            playing: false,
            speed: Speed::default(),
            selection: None,
            menu: None,
            lines: Lines::default(),
            notice: None,
            stopped_at: None,
            slow: false,
            generation: 0,
            jumps: 0,
            diagram: false,
            diagram_us: FIRST_DIAGRAM_US,
            diagram_from: None,
            compare_events: false,
            zoom: None,
            chosen_event: None,
            lens: Lens::default(),
            twin: None,
            unsafe_quorums,
            before: None,
            opening: None,
            original: scenario.clone(),
            scripted: false,
            waited_us: 0,
            remainder: 0,
            notices: 0,
            known: 0,
        };
        model.begin();
        Ok(model)
    }

    /// The run at the moment that is shown.
    pub fn run(&self) -> &dyn Run {
        self.history.run()
    }

    /// What watches the invariants, as of the moment that is shown.
    pub fn monitor(&self) -> &Monitor {
        &self.history.watch().0
    }

    /// The quorums that have closed, as of the moment that is shown.
    pub fn chronicle(&self) -> &Chronicle {
        &self.history.watch().1
    }

    /// The run's past, and its branches.
    pub fn history(&self) -> &History<Watch> {
        &self.history
    }

    /// Lets the servers start, so that the first picture shows a cluster.
    fn begin(&mut self) {
        for _ in 0..self.original.nodes {
            if self.history.step() == Step::Quiet {
                break;
            }
            self.watch_last();
            if self.run().event().kind != EventKind::Started {
                break;
            }
        }
    }

    /// Lets everything up to a time happen unseen; a violation stops it as ever.
    fn skip_to(&mut self, until_us: u64) {
        for _ in 0..MOST_EVENTS_A_CALL {
            let due = self
                .history
                .next_time()
                .is_some_and(|next| next <= until_us);
            if !due || self.history.step() == Step::Quiet {
                return;
            }
            self.watch_last();
            if self.stopped_at.is_some() {
                return;
            }
        }
    }

    /// Opens another scenario in place of this one; speed and playing stay.
    ///
    /// # Errors
    /// A sentence, if the scenario cannot be run; the model is as it was.
    pub fn open_scenario(&mut self, scenario: &Scenario) -> Result<(), String> {
        self.replace_by(Model::open(scenario)?);
        Ok(())
    }

    /// Puts another run in the place of this one, which is given back; speed and playing stay.
    fn replace_by(&mut self, fresh: Model) -> Model {
        let nodes = fresh.run().scenario().nodes;
        let old = std::mem::replace(self, fresh);
        self.playing = old.playing || old.stopped_at.is_some();
        self.speed = old.speed;
        self.diagram = old.diagram;
        self.lens = old.lens.afresh();
        self.generation = old.generation + 1;
        self.notices = old.notices;
        self.selection = old
            .selection
            .filter(|chosen| matches!(chosen, Selection::Node(node) if node.index() < nodes));
        old
    }

    /// Starts the same scenario again, without the reader's actions; perhaps with another seed.
    pub fn restart(&mut self, seed: Option<u64>) {
        let mut scenario = self.original.clone();
        if let Some(seed) = seed {
            scenario.seed = seed;
        }
        // Who starts it again wants to see its beginning.
        scenario.show_from_us = 0;
        let contrast = self.twin.take().map(|twin| twin.contrast);
        let opened = self.open_scenario(&scenario);
        let opened = opened.and_then(|()| match &contrast {
            Some(contrast) => self.compare_with(contrast),
            None => Ok(()),
        });
        if let Err(why) = opened {
            self.say(why);
        }
    }

    /// The scenario as it was opened, without the reader's own actions.
    pub fn original(&self) -> &Scenario {
        &self.original
    }

    /// Whether the reader has done anything to the run.
    pub fn is_touched(&self) -> bool {
        self.run().scenario().script.len() != self.original.script.len()
            || self.history.branches().len() > 1
    }

    /// Plays or pauses; playing goes on past a violation that had stopped the run.
    pub fn set_playing(&mut self, playing: bool) {
        self.playing = playing;
        self.slow = false;
        if playing {
            self.stopped_at = None;
        }
    }

    /// Goes on past a violation.
    pub fn go_on(&mut self) {
        self.set_playing(true);
    }

    /// One event forward, whatever the speed; pauses. False if nothing is left to happen.
    pub fn step_event(&mut self) -> bool {
        self.set_playing(false);
        self.stopped_at = None;
        self.step()
    }

    fn step(&mut self) -> bool {
        self.waited_us = 0;
        match self.history.step() {
            Step::Quiet => {
                self.scripted = false;
                false
            }
            Step::Event => {
                self.watch_last();
                self.lead_twin_a_frame();
                true
            }
        }
    }

    /// Does something to the run. A refusal becomes a notice, and false is returned.
    pub fn act(&mut self, action: Action) -> bool {
        if self.is_opening() {
            // A link's moment is not reached yet; what is done now would miss it.
            self.say(t("notice.opening").to_string());
            return false;
        }
        let chosen = self.chosen_message();
        let branching = self.history.in_past();
        match self.history.act(action.clone()) {
            Ok(()) => {
                self.watch_last();
                self.act_on_twin(action);
                if branching {
                    self.say(t("notice.branched").to_string());
                }
                if chosen.is_some() && self.chosen_message().is_none() {
                    // What was done to the message shows at its receiver.
                    let receiver = chosen.and_then(|info| info.to.server());
                    self.selection = receiver.map(Selection::Node);
                }
                true
            }
            Err(refusal) => {
                self.say(text::tf(refusal.id, &refusal.operands));
                false
            }
        }
    }

    /// While playing: lets real time pass at the chosen speed, as long as `may_go_on` says so; it
    /// is asked every few hundred events. True if any event happened.
    ///
    /// What is not reached is given up: the run slows down rather than the page. A held run whose
    /// script goes on takes one step at a time, so that each can be followed.
    pub fn advance(&mut self, real_us: u64, may_go_on: impl Fn() -> bool) -> bool {
        if self.is_opening() {
            self.go_on_opening(may_go_on);
            return true;
        }
        if !self.is_moving() {
            return false;
        }
        if self.run().holding() {
            self.waited_us += real_us;
            return self.waited_us >= self.speed.step_us() && self.step();
        }
        let (pass_us, rest) = self
            .speed
            .scale(real_us.min(LONGEST_GAP_US), self.remainder);
        self.remainder = rest;
        let until = self.run().now() + pass_us;
        let before = self.run().events();
        let known = self.monitor().violations().len();
        self.slow = false;
        while Stop::Events
            == self
                .history
                .run_until(until, EVENTS_A_CHUNK, &mut self.lines)
        {
            if self.run().events() - before >= MOST_EVENTS_A_CALL || !may_go_on() {
                self.slow = true;
                self.remainder = 0;
                break;
            }
        }
        self.look_ahead();
        self.stop_if_violated(known);
        let told = self.run().events() != before || self.twin.is_some();
        self.lead_twin_a_frame();
        if self.history.is_full() {
            self.set_playing(false);
            self.say(t("notice.history_full").to_string());
        }
        told
    }

    /// For how many real milliseconds nothing will happen at the chosen speed.
    pub fn rest_ms(&mut self) -> f64 {
        if self.is_opening() {
            return 0.0;
        }
        if self.run().holding() {
            return self.speed.step_us().saturating_sub(self.waited_us) as f64 / 1_000.0;
        }
        let own = self.history.next_time();
        let own_us = own.map(|next| next.saturating_sub(self.run().now()));
        let Some(rest_us) = own_us.into_iter().chain(self.twin_rest_us()).min() else {
            return f64::MAX;
        };
        let rest_us = rest_us as f64;
        let (numerator, denominator) = self.speed.ratio();
        rest_us / 1_000.0 * denominator as f64 / numerator as f64
    }

    /// Whether anything happens by itself: the run plays, it is not held or has a script, and no
    /// menu is open. While the reader chooses what to do to a message, it must not arrive.
    pub fn is_moving(&self) -> bool {
        self.is_opening()
            || (self.playing && self.menu.is_none() && (!self.run().holding() || self.scripted))
    }

    /// Opens the menu of a node, a link or a message, and chooses it.
    pub fn open_menu(&mut self, target: Selection) {
        self.selection = Some(target);
        self.menu = Some(target);
    }

    pub fn close_menu(&mut self) {
        self.menu = None;
    }

    /// Shows a sentence for a while.
    pub fn say(&mut self, text: String) {
        self.notices += 1;
        self.notice = Some(Notice {
            text,
            number: self.notices,
        });
    }

    /// The servers, in order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.run().scenario().nodes).map(NodeId::at)
    }

    /// Whether any direction of any link between servers is cut.
    pub fn any_cut(&self) -> bool {
        let cut = |from: NodeId, to: NodeId| {
            from != to
                && self
                    .run()
                    .link(Endpoint::Server(from), Endpoint::Server(to))
                    .cut
        };
        self.nodes()
            .any(|from| self.nodes().any(|to| cut(from, to)))
    }

    /// The chosen message, as long as it is in flight.
    fn chosen_message(&self) -> Option<MessageInfo> {
        match self.selection {
            Some(Selection::Message(id)) => self.run().message(id).map(|message| message.info),
            _ => None,
        }
    }

    fn watch_last(&mut self) {
        let known = self.known;
        let _ = self
            .lines
            .after(self.history.run().as_view(), self.history.run().event());
        self.look_ahead();
        self.stop_if_violated(known);
    }

    fn look_ahead(&mut self) {
        self.scripted = self.run().holding() && self.history.next_time().is_some();
    }

    fn stop_if_violated(&mut self, known: usize) {
        self.known = self.monitor().violations().len();
        if self.known > known {
            self.set_playing(false);
            self.stopped_at = Some(known);
        }
    }
}
