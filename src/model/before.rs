//! The run that another one has taken the place of, kept whole so that the reader can go back.

use super::Model;
use synod_sim::Scenario;

impl Model {
    /// Opens another scenario and plays it. The run that was there is kept with its branches,
    /// and [`Model::go_back`] leads to it; one that was kept before is let go.
    ///
    /// # Errors
    /// A sentence, if the scenario cannot be run; the model is as it was.
    pub fn open_keeping(&mut self, scenario: &Scenario) -> Result<(), String> {
        let fresh = Model::open(scenario)?;
        let left = self.replace_by(fresh);
        self.keep_before(left);
        self.set_playing(true);
        Ok(())
    }

    /// Whether there is a run to go back to.
    pub fn has_before(&self) -> bool {
        self.before.is_some()
    }

    /// Goes back to the run that was kept, at the moment at which it was left. The one that is
    /// left for it is kept in turn.
    pub fn go_back(&mut self) {
        if let Some(before) = self.before.take() {
            let left = self.replace_by(*before);
            self.keep_before(left);
            self.set_playing(false);
        }
    }

    fn keep_before(&mut self, mut left: Model) {
        // One run is kept, not a chain of them.
        left.before = None;
        left.menu = None;
        self.before = Some(Box::new(left));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use synod_protocols::registry;
    use synod_sim::{Action, Who};

    #[test]
    fn the_run_before_comes_back_with_its_branches_and_its_moment() {
        let protocol = registry::ALL[0].name;
        let mut model = Model::open(&Scenario::new(protocol, 3)).expect("a model");
        let node = Who::Node(synod_protocols::NodeId::at(1));
        for _ in 0..40 {
            model.step_event();
        }
        assert!(model.act(Action::Crash { node }));
        model.seek(20);
        let generation = model.generation;
        assert!(!model.has_before());
        model
            .open_keeping(&Scenario::new(protocol, 5))
            .expect("another");
        assert_eq!(model.run().scenario().nodes, 5);
        assert!(model.has_before() && model.generation > generation);
        let wrong = Scenario {
            protocol: "none",
            ..Scenario::new(protocol, 5)
        };
        assert!(model.open_keeping(&wrong).is_err());
        assert_eq!(model.run().scenario().nodes, 5);
        model.go_back();
        assert_eq!(model.run().scenario().nodes, 3);
        assert_eq!(model.history().position(), 20);
        assert!(model.is_touched() && model.has_before());
        model.go_back();
        assert_eq!(model.run().scenario().nodes, 5);
    }
}
