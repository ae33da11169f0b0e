//! A run that is replayed up to the moment to which a link points, a slice a frame.

use super::{Model, watch};
use crate::text::tf;
use synod_share::{Departure, Shared, Trail};
use synod_sim::history::History;
use synod_sim::{Contrast, Step};

/// The longest branch that comes back after a reload besides the one that was shown, in events.
const LONGEST_BRANCH: u64 = 30_000;
/// How many events happen between two looks at the clock.
const CHUNK: u64 = 200;

/// What is left to be done until the moment is reached.
pub struct Opening {
    trail: Trail,
    position: u64,
    rules: u32,
    departed: Option<Departure>,
    /// The run ended before.
    ended: bool,
    /// Other branches that were kept with it.
    others: Vec<Shared>,
    /// A second run beside it.
    beside: Option<Contrast>,
}

impl Model {
    /// Opens the run of a link, or one that was kept. It is replayed to its position frame by
    /// frame, and then pauses.
    ///
    /// # Errors
    /// A sentence, if it cannot be run; the model is as it was.
    pub fn open_shared(&mut self, shared: Shared) -> Result<(), String> {
        if shared.position == 0 {
            self.open_scenario(&shared.scenario)?;
            self.set_playing(true);
            return match &shared.beside {
                Some(contrast) => self.compare_with(contrast),
                None => Ok(()),
            };
        }
        self.replace_by(Model::started(&shared.scenario)?);
        self.set_playing(false);
        self.opening = Some(Opening {
            trail: Trail::of(&shared),
            position: shared.position,
            rules: shared.rules,
            departed: None,
            ended: false,
            others: Vec::new(),
            beside: shared.beside,
        });
        Ok(())
    }

    /// Opens a run that was kept, and its other branches as far as they are short.
    ///
    /// # Errors
    /// A sentence, if it cannot be run; the model is as it was.
    pub fn open_kept(&mut self, shared: Shared, others: Vec<Shared>) -> Result<(), String> {
        self.open_shared(shared)?;
        if let Some(opening) = &mut self.opening {
            opening.others = others;
        }
        Ok(())
    }

    /// Takes back a branch that was kept.
    fn take_branch(&mut self, shared: &Shared) {
        let opened = History::open(&shared.scenario, watch);
        if let Ok(mut branch) = opened
            && shared.position <= LONGEST_BRANCH
        {
            while branch.position() < shared.position && branch.step() == Step::Event {}
            self.history.adopt(branch);
        }
    }

    /// Whether a run is still being replayed to its position.
    pub fn is_opening(&self) -> bool {
        self.opening.is_some()
    }

    /// How far the replay has come, and how far it goes.
    pub fn opening_progress(&self) -> Option<(u64, u64)> {
        let opening = self.opening.as_ref()?;
        Some((self.history.position(), opening.position))
    }

    /// Goes on replaying, as long as `may_go_on` says so.
    pub(super) fn go_on_opening(&mut self, may_go_on: impl Fn() -> bool) {
        let Some(mut opening) = self.opening.take() else {
            return;
        };
        loop {
            for _ in 0..CHUNK {
                if self.history.position() >= opening.position || opening.ended {
                    return self.finish_opening(&opening);
                }
                opening.ended = self.history.step() == Step::Quiet;
                if opening.departed.is_none() {
                    opening.departed = opening.trail.look(self.history.run().as_view());
                }
            }
            if !may_go_on() {
                self.opening = Some(opening);
                return;
            }
        }
    }

    fn finish_opening(&mut self, opening: &Opening) {
        for other in &opening.others {
            self.take_branch(other);
        }
        self.arrive();
        if let Some(contrast) = &opening.beside
            && let Err(why) = self.compare_with(contrast)
        {
            self.say(why);
        }
        let told = match (opening.departed, opening.ended) {
            (Some(departed), _) => {
                let (id, operands) = departed.sentence(opening.rules);
                tf(id, &operands)
            }
            (None, true) => {
                let event = self.history.position().to_string();
                tf("link.shorter", &[("event", event)])
            }
            (None, false) => return,
        };
        self.say(told);
    }
}
