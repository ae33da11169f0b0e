//! The scenarios that the page offers, and how it opens them.

mod table;

pub use table::{ALL, Offer};

use crate::model::{Handle, Model};
use crate::text::tf;
use synod_protocols::registry;
use synod_sim::Scenario;

/// What the page opens on.
const FIRST: &str = "lab.toml";

impl Offer {
    /// The folder that groups it in the menu: a protocol's name, or nothing.
    pub fn group(&self) -> &'static str {
        self.name.split_once('/').map_or("", |(group, _)| group)
    }
}

/// The position of the scenario on which the page opens.
pub fn first() -> usize {
    ALL.iter()
        .position(|offer| offer.name == FIRST)
        .unwrap_or(0)
}

/// The scenario on which the page opens, for so many servers of a protocol.
pub fn lab(protocol: &'static str, nodes: usize) -> Scenario {
    let read = ALL.get(first()).and_then(|offer| offer.read().ok());
    let mut scenario = read.unwrap_or_else(|| Scenario::new(protocol, nodes));
    if scenario.protocol != protocol {
        scenario.options = synod_protocols::Options::default();
    }
    scenario.protocol = protocol;
    scenario.nodes = nodes;
    scenario.node.clear();
    scenario
}

/// The model with which the page begins: the first scenario, or a plain cluster if that is broken.
///
/// # Errors
/// If not even a plain cluster runs.
pub fn opening() -> Result<Model, String> {
    let (scenario, trouble) = match ALL.get(first()).map(Offer::read) {
        Some(Ok(scenario)) => (scenario, None),
        Some(Err(why)) => (Scenario::new(registry::ALL[0].name, 5), Some(why)),
        None => (Scenario::new(registry::ALL[0].name, 5), None),
    };
    let mut model = Model::open(&scenario)?;
    if let Some(why) = trouble {
        model.say(tf("notice.scenario", &[("why", why)]));
    }
    model.set_playing(true);
    Ok(model)
}

/// Opens a scenario in place of the one that runs, and plays it.
pub fn open(handle: &Handle, scenario: Result<Scenario, String>) {
    handle.update(|model| {
        let opened = scenario.and_then(|scenario| model.open_scenario(&scenario));
        match opened {
            Ok(()) => model.set_playing(true),
            Err(why) => model.say(tf("notice.scenario", &[("why", why)])),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use synod_sim::parse_scenario;

    /// The constants say what the files say, in every field.
    #[test]
    fn each_offer_is_its_file() {
        assert!(ALL.len() >= 8);
        for offer in ALL {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/");
            let text = std::fs::read_to_string(format!("{folder}{}", offer.name)).expect("a file");
            let file = parse_scenario(&text, offer.name).expect("a good scenario");
            assert_eq!(offer.read(), Ok(file), "{}", offer.name);
        }
    }
}
