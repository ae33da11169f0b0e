//! What the reader means to run: a protocol, its servers and its options as texts, and the
//! scenario that they make.
//!
//! Nothing here knows that a browser exists.

use super::SIZES;
use super::systems;
use super::verdict::counted;
use crate::text::tf;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use synod_protocols::quorum::QuorumSpec;
use synod_protocols::{
    About, NodeId, NodeSet, OptionKind, OptionSpec, OptionValue, Options, registry,
};
use synod_sim::contrast::names_a_message;
use synod_sim::{Scenario, ScriptItem};

/// A set-up in the making.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The run from which it started.
    base: Arc<Scenario>,
    protocol: &'static str,
    nodes: usize,
    /// What is written for each of the protocol's options, in the order of its table; it may be
    /// wrong.
    texts: Vec<String>,
    /// Whether the base's actions are done again, if the reader has said so.
    keep: Option<bool>,
}

/// Drafts of one sheet have one base.
impl PartialEq for Draft {
    fn eq(&self, other: &Draft) -> bool {
        Arc::ptr_eq(&self.base, &other.base)
            && self.protocol == other.protocol
            && self.nodes == other.nodes
            && self.texts == other.texts
            && self.keep == other.keep
    }
}

impl Draft {
    /// The set-up of a run.
    pub fn of(base: Arc<Scenario>) -> Draft {
        let mut draft = Draft {
            protocol: base.protocol,
            nodes: base.nodes,
            texts: Vec::new(),
            keep: None,
            base,
        };
        draft.texts = draft.first_texts();
        draft
    }

    pub fn about(&self) -> &'static About {
        registry::about(self.protocol).unwrap_or(registry::ALL[0])
    }

    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// The sizes of cluster from which one chooses; the base's is always among them.
    pub fn sizes(&self) -> RangeInclusive<usize> {
        self.base.nodes.min(*SIZES.start())..=self.base.nodes.max(*SIZES.end())
    }

    /// The protocol's options with their positions.
    pub fn options(&self) -> impl Iterator<Item = (usize, &'static OptionSpec)> + use<> {
        self.about().options.iter().enumerate()
    }

    pub fn spec(&self, option: usize) -> &'static OptionSpec {
        &self.about().options[option]
    }

    /// What is written for an option.
    pub fn text(&self, option: usize) -> &str {
        &self.texts[option]
    }

    /// What an option holds, unless it is written wrongly.
    pub fn value(&self, option: usize) -> Option<OptionValue> {
        self.spec(option).parse(self.text(option).trim()).ok()
    }

    /// What is wrong with what is written for an option.
    pub fn wrong(&self, option: usize) -> Option<String> {
        self.spec(option).parse(self.text(option).trim()).err()
    }

    /// Whether an option is not at its default.
    pub fn is_changed(&self, option: usize) -> bool {
        self.value(option) != Some(self.spec(option).default_value())
    }

    /// Whether a rule is switched off, which is the famous mistake.
    pub fn is_mistake(&self, option: usize) -> bool {
        self.spec(option).kind == OptionKind::Rule && self.is_changed(option)
    }

    /// The servers of an option, if it holds servers.
    pub fn servers(&self, option: usize) -> NodeSet {
        match self.value(option) {
            Some(OptionValue::Nodes(nodes)) => nodes.unwrap_or(NodeSet::first(self.nodes)),
            _ => NodeSet::EMPTY,
        }
    }

    /// The quorum system of an option, if it holds one.
    pub fn system(&self, option: usize) -> Option<QuorumSpec> {
        let is_quorum = self.spec(option).kind == OptionKind::Quorum;
        is_quorum.then(|| systems::written(self.text(option)))?
    }

    /// Takes another protocol: with the options of the base if it is the base's, else with its
    /// defaults.
    pub fn choose_protocol(&mut self, name: &str) {
        if let Some(about) = registry::about(name) {
            self.protocol = about.name;
            self.texts = self.first_texts();
            self.fit();
        }
    }

    /// Takes another number of servers, and what fits it of each option.
    pub fn choose_nodes(&mut self, nodes: usize) {
        self.nodes = nodes;
        self.fit();
    }

    /// Writes something for an option.
    pub fn write(&mut self, option: usize, text: String) {
        self.texts[option] = text;
        if self.spec(option).kind == OptionKind::Nodes {
            self.fit();
        }
    }

    /// Takes an option back to its default.
    pub fn reset(&mut self, option: usize) {
        self.write(option, self.spec(option).default.to_string());
    }

    /// Switches a switch or a rule over.
    pub fn switch(&mut self, option: usize) {
        let on = self.value(option) == Some(OptionValue::Switch(true));
        self.write(option, (!on).to_string());
    }

    /// Puts a server into an option's set, or takes it out. The last one can be taken out too,
    /// and is then missing.
    pub fn toggle(&mut self, option: usize, node: NodeId) {
        let mut nodes = self.servers(option);
        if nodes.contains(node) {
            nodes.remove(node);
        } else {
            nodes.insert(node);
        }
        self.write(option, nodes_text(nodes, self.nodes));
    }

    /// Whether it is still the base's cluster: the same protocol with as many servers.
    pub fn is_same_cluster(&self) -> bool {
        self.protocol == self.base.protocol && self.nodes == self.base.nodes
    }

    /// How many actions the base has: those of its script, and those of the reader.
    pub fn actions(&self) -> usize {
        self.base.script.len()
    }

    /// Whether they are done again. Unless the reader says otherwise: if the cluster is the same.
    pub fn keeps(&self) -> bool {
        self.keep.unwrap_or(self.is_same_cluster())
    }

    pub fn keep(&mut self, keep: bool) {
        self.keep = Some(keep);
    }

    /// The scenario: the base's seed, network, disks and clients under these options.
    ///
    /// # Errors
    /// A sentence, if an option is written wrongly.
    pub fn scenario(&self) -> Result<Scenario, String> {
        let mut scenario = Scenario {
            protocol: self.protocol,
            nodes: self.nodes,
            options: self.set_options()?,
            script: Vec::new(),
            node: BTreeMap::new(),
            ..(*self.base).clone()
        };
        for (node, settings) in &self.base.node {
            if node.index() < self.nodes {
                let mut settings = settings.clone();
                if !self.is_same_cluster() {
                    // A disk that was written for other servers, or by another protocol.
                    settings.preload = None;
                }
                scenario.node.insert(*node, settings);
            }
        }
        if self.keeps() {
            scenario.script = self.script(&scenario);
            let by_hand = self.base.script.iter().find(|item| item.after.is_some());
            if let Some(first) = by_hand {
                // What was done by hand shall be seen.
                scenario.show_from_us = scenario.show_from_us.min(first.at_us);
            }
        }
        if !self.is_base(&scenario) {
            let operands = [
                ("protocol", self.about().title.to_string()),
                ("n", self.nodes.to_string()),
            ];
            scenario.title = tf("setup.run_title", &operands);
        }
        Ok(scenario)
    }

    /// What is set besides the defaults.
    fn set_options(&self) -> Result<Options, String> {
        let mut options = Options::default();
        for (option, spec) in self.options() {
            if self.is_changed(option) {
                options.set(self.about().options, spec.name, self.text(option).trim())?;
            }
        }
        Ok(options)
    }

    /// Whether a scenario is the base, but for the moments at which hands did something.
    fn is_base(&self, scenario: &Scenario) -> bool {
        let base = Draft::of(Arc::clone(&self.base)).set_options();
        self.is_same_cluster()
            && base.as_ref() == Ok(&scenario.options)
            && self.base.script.len() == scenario.script.len()
    }

    /// The base's actions at their times, as far as this cluster has what they name.
    fn script(&self, scenario: &Scenario) -> Vec<ScriptItem> {
        let mut alone = scenario.clone();
        let mut fits = |item: &ScriptItem| {
            alone.script = vec![item.clone()];
            alone.check().is_ok()
        };
        // Other rules give other events: what was done by hand is tied to its time alone.
        let timed = self.base.script.iter().map(|item| ScriptItem {
            after: None,
            ..item.clone()
        });
        timed
            // What was done to one message was done to one of that run alone.
            .filter(|item| !names_a_message(&item.action))
            .filter(|item| self.is_same_cluster() || fits(item))
            .collect()
    }

    /// What the base says of each option, if it is of this protocol, or else the defaults.
    fn first_texts(&self) -> Vec<String> {
        let specs = self.about().options;
        let text = |spec: &OptionSpec| {
            if self.protocol == self.base.protocol {
                self.base.options.get(specs, spec.name).to_string()
            } else {
                spec.default.to_string()
            }
        };
        specs.iter().map(text).collect()
    }

    /// Makes sets of servers and quorum systems fit the servers that there are.
    fn fit(&mut self) {
        let all = NodeSet::first(self.nodes);
        for (option, spec) in self.options() {
            if spec.kind == OptionKind::Nodes && self.wrong(option).is_none() {
                let left = self.servers(option).intersection(all);
                let left = if left.is_empty() { all } else { left };
                self.texts[option] = nodes_text(left, self.nodes);
            }
        }
        for counted in counted(self) {
            if let Some(spec) = self.system(counted.option) {
                let fitting = systems::fitted(&spec, counted.members.len());
                self.texts[counted.option] = fitting.to_string();
            }
        }
    }
}

/// Servers as an option's text: `all`, or for example `S1 S2`.
fn nodes_text(nodes: NodeSet, n: usize) -> String {
    let all = nodes == NodeSet::first(n);
    OptionValue::Nodes((!all).then_some(nodes)).to_string()
}
