//! A second run beside the first: another protocol, or other options, under the same seed, faults
//! and client load. One clock moves both.

use super::{Model, Watch, watch};
use crate::text::{option_name, t, tf};
use synod_check::Violation;
use synod_protocols::{About, OptionKind, Options, registry};
use synod_sim::contrast::names_a_message;
use synod_sim::cost::Meter;
use synod_sim::history::History;
use synod_sim::{Action, Contrast, Run, Scenario, Stop};

/// The most events of the second run that one frame lets happen; it catches up with the next ones.
const MOST_EVENTS_A_FRAME: u64 = 20_000;
/// The most events that are replayed at once where the reader waits for it.
const MOST_AT_ONCE: u64 = 400_000;
/// How many events happen between two looks at how far it has come.
const CHUNK: u64 = 4_096;

/// The second run.
pub struct Twin {
    history: History<Watch>,
    pub contrast: Contrast,
    /// How many of its violations were known at the last look.
    known: usize,
}

impl Twin {
    fn open(scenario: &Scenario, contrast: &Contrast) -> Result<Twin, String> {
        let other = contrast.applied_to(scenario);
        other.check().map_err(|wrong| wrong.to_string())?;
        let history = History::open(&other, watch).map_err(|error| error.to_string())?;
        Ok(Twin {
            history,
            contrast: contrast.clone(),
            known: 0,
        })
    }

    pub fn run(&self) -> &dyn Run {
        self.history.run()
    }

    pub fn history(&self) -> &History<Watch> {
        &self.history
    }

    pub fn spent(&self) -> Meter {
        Meter::read(self.run().as_view(), &self.history.watch().1)
    }

    /// How long until its next event.
    fn rest_us(&mut self) -> Option<u64> {
        let next = self.history.next_time()?;
        Some(next.saturating_sub(self.run().now()))
    }

    /// Lets everything up to a time happen, at most so many events. It stops at a violation.
    fn catch_up(&mut self, until_us: u64, most: u64) {
        let before = self.run().events();
        while self.run().now() < until_us || self.is_due(until_us) {
            let stop = self.history.run_until(until_us, CHUNK, &mut ());
            if stop != Stop::Events || self.run().events() - before >= most {
                return;
            }
        }
    }

    /// Whether something is left to happen by a time.
    fn is_due(&mut self, until_us: u64) -> bool {
        let next = self.history.next_time();
        next.is_some_and(|next| next <= until_us)
    }

    /// Whether it has still to come to the first run's moment. While a network is held time is
    /// what its own hands make of it.
    fn is_behind(&self, now_us: u64) -> bool {
        !self.run().holding() && self.run().now() < now_us
    }

    /// The first violation that nobody has been told of.
    fn untold(&mut self) -> Option<Violation> {
        let violations = self.history.watch().0.violations();
        let untold = violations.get(self.known).cloned();
        self.known = violations.len();
        untold
    }
}

impl Model {
    /// Begins a second run beside this one, from its beginning to the present moment.
    ///
    /// # Errors
    /// A sentence, if it cannot be run; nothing has changed.
    pub fn compare_with(&mut self, contrast: &Contrast) -> Result<(), String> {
        let scenario = self.run().scenario().clone();
        self.twin = Some(Box::new(Twin::open(&scenario, contrast)?));
        self.jumps += 1;
        self.lead_twin(MOST_AT_ONCE);
        Ok(())
    }

    /// Whether the second run has come to the moment that is shown.
    pub fn twin_is_here(&self) -> bool {
        let now_us = self.run().now();
        self.twin
            .as_ref()
            .is_some_and(|twin| !twin.is_behind(now_us))
    }

    /// Ends the comparison.
    pub fn compare_no_more(&mut self) {
        self.twin = None;
        self.jumps += 1;
    }

    /// While playing: lets the second run come along.
    pub(super) fn lead_twin_a_frame(&mut self) {
        self.lead_twin(MOST_EVENTS_A_FRAME);
    }

    /// Lets the second run come to the same moment. Where it breaks an invariant both stop.
    fn lead_twin(&mut self, most: u64) {
        let now_us = self.run().now();
        let Some(twin) = &mut self.twin else { return };
        twin.catch_up(now_us, most);
        let Some(violation) = twin.untold() else {
            return;
        };
        let back_to = twin.run().now();
        let said = tf(violation.sentence, &violation.operands);
        self.seek_time(back_to);
        self.say(tf("twin.violated", &[("evidence", said)]));
    }

    /// Takes the second run to the present moment, back or forth.
    pub(super) fn take_twin_along(&mut self) {
        let now_us = self.run().now();
        let Some(twin) = &mut self.twin else { return };
        if now_us > twin.history.end_us() {
            return self.lead_twin(MOST_AT_ONCE);
        }
        // What it has been through before was told then.
        twin.history.seek_time(now_us);
        twin.known = twin.history.watch().0.violations().len();
    }

    /// Begins the second run anew, as what was done to the first is now another thing.
    pub(super) fn renew_twin(&mut self) {
        let Some(twin) = self.twin.take() else { return };
        if let Err(why) = self.compare_with(&twin.contrast) {
            self.say(why);
        }
    }

    /// Does to the second run what was just done to the first.
    pub(super) fn act_on_twin(&mut self, action: Action) {
        if self.twin.is_none() {
            return;
        }
        if names_a_message(&action) {
            self.say(t("twin.one_message").to_string());
            return;
        }
        self.lead_twin(MOST_AT_ONCE);
        let now_us = self.run().now();
        let Some(twin) = &mut self.twin else { return };
        if twin.is_behind(now_us) {
            // What cannot be done to it now is part of the script, and done when it is begun anew.
            return self.renew_twin();
        }
        if let Err(refusal) = twin.history.act(action) {
            let why = tf(refusal.id, &refusal.operands);
            self.say(tf("twin.refused", &[("why", why)]));
        }
    }

    /// For how many simulated microseconds nothing happens in the second run.
    pub(super) fn twin_rest_us(&mut self) -> Option<u64> {
        self.twin.as_mut().and_then(|twin| twin.rest_us())
    }

    /// What can be compared with one choice: other protocols, and each switch of this one the other
    /// way round.
    pub fn contrasts(&self) -> Vec<(String, Contrast)> {
        let scenario = self.run().scenario();
        let here = Contrast::of(scenario);
        let mut contrasts = Vec::new();
        for about in registry::ALL {
            if about.name != here.protocol {
                let contrast = Contrast {
                    protocol: about.name,
                    options: Options::default(),
                    nodes: here.nodes,
                };
                contrasts.push((about.title.to_string(), contrast));
            }
        }
        let about = self.run().about();
        for spec in about.options {
            if !matches!(spec.kind, OptionKind::Switch | OptionKind::Rule) {
                continue;
            }
            let turned = !scenario.options.switch(about.options, spec.name);
            let mut contrast = here.clone();
            let set = contrast
                .options
                .set(about.options, spec.name, &turned.to_string());
            if set.is_ok() {
                contrasts.push((switch_text(about, spec.name, turned), contrast));
            }
        }
        contrasts
    }
}

/// A switch and its position.
fn switch_text(about: &About, name: &str, on: bool) -> String {
    let operands = [
        ("protocol", about.title.to_string()),
        ("name", name.replace('_', " ")),
        ("means", option_name(about, name)),
    ];
    tf(if on { "twin.on" } else { "twin.off" }, &operands)
}

/// What one of two runs is, as far as it differs from the other.
pub fn distinction(here: &Contrast, there: &Contrast) -> String {
    let Some(about) = registry::about(here.protocol) else {
        return String::new();
    };
    let mut parts = vec![about.title.to_string()];
    if here.nodes != there.nodes {
        let n = here.nodes.to_string();
        parts.push(tf("twin.nodes", &[("n", n)]));
    }
    let same_protocol = here.protocol == there.protocol;
    for spec in about.options {
        let value = here.options.get(about.options, spec.name);
        let other = match same_protocol {
            true => there.options.get(about.options, spec.name),
            false => spec.default_value(),
        };
        if value != other {
            let operands = [
                ("name", spec.name.replace('_', " ")),
                ("value", value.to_string()),
            ];
            let id = match value.to_string().as_str() {
                "true" => "twin.option.on",
                "false" => "twin.option.off",
                _ => "twin.option",
            };
            parts.push(tf(id, &operands));
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::scenarios;
    use synod_protocols::NodeId;
    use synod_sim::Who;

    fn lab() -> Model {
        let mut model = Model::open(&scenarios::lab(registry::ALL[0].name, 5)).expect("it runs");
        model.set_playing(true);
        model
    }

    fn play(model: &mut Model, ms: u64) {
        model.set_playing(true);
        for _ in 0..ms / 50 {
            model.advance(50_000, || true);
        }
    }

    /// A run beside itself has the same history through faults, seeks, branches, undo and redo.
    #[test]
    fn a_run_beside_itself_stays_the_same() {
        let mut model = lab();
        play(&mut model, 2_000);
        let same = Contrast::of(model.run().scenario());
        model.compare_with(&same).expect("it runs");
        let check = |model: &Model, what: &str| {
            let twin = model.twin.as_ref().expect("a second run");
            let (run, other) = (model.run(), twin.run());
            assert_eq!(other.now(), run.now(), "{what}");
            assert_eq!(other.events(), run.events(), "{what}");
            assert_eq!(other.chain(), run.chain(), "{what}");
        };
        check(&model, "at once");
        play(&mut model, 2_000);
        check(&model, "played on");
        let leader = model.run().leader().expect("a leader");
        assert!(model.act(Action::Crash {
            node: Who::Node(leader)
        }));
        check(&model, "acted");
        play(&mut model, 9_000);
        check(&model, "after an election");
        for _ in 0..40 {
            model.step_event();
        }
        let here = model.run().now();
        model.seek_time(here / 2);
        check(&model, "in the past");
        let node = Who::Node(NodeId(0));
        assert!(model.act(Action::Pause { node }));
        check(&model, "on a branch");
        play(&mut model, 3_000);
        check(&model, "along the branch");
        model.undo();
        check(&model, "taken back");
        model.redo();
        check(&model, "done again");
        model.restart(None);
        play(&mut model, 2_000);
        check(&model, "started again");
    }

    /// A second run that breaks an invariant stops both at that moment.
    #[test]
    fn a_violation_beside_stops_both() {
        let mut model = lab();
        let mut unsafe_votes = Contrast::of(model.run().scenario());
        let about = model.run().about();
        for (name, value) in [("vote_quorum", "1"), ("commit_quorum", "1")] {
            unsafe_votes
                .options
                .set(about.options, name, value)
                .expect("an option");
        }
        model.compare_with(&unsafe_votes).expect("it runs");
        let cut = Action::Partition {
            groups: vec![
                [NodeId(0), NodeId(1)].into_iter().collect(),
                [NodeId(2), NodeId(3), NodeId(4)].into_iter().collect(),
            ],
        };
        assert!(model.act(cut));
        play(&mut model, 60_000);
        let notice = model.notice.as_ref().expect("it is said");
        assert!(
            notice.text.contains("broke an invariant"),
            "{}",
            notice.text
        );
        let twin = model.twin.as_ref().expect("a second run");
        let violation = &twin.history().watch().0.violations()[0];
        assert_eq!(violation.time_us, model.run().now());
    }
}
