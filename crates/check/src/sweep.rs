//! Sweeps: many seeds, each a scenario of random faults within the model of a crash-recovery
//! protocol, run under client load with every invariant watched.
//!
//! A seed gives the whole scenario: the neutral tunables (unless they are fixed), the network, the
//! disks, the load and the script of faults.

use crate::linear::Recorder;
use crate::monitor::{Monitor, Violation};
use std::ops::ControlFlow;
use std::sync::Arc;
use synod_protocols::units::{Chance, Span, show_duration};
use synod_protocols::{Micros, NodeId, NodeSet, OptionKind, registry};
use synod_sim::random::{Purpose, Stream};
use synod_sim::run::OpenError;
use synod_sim::{
    Action, Endpoint, Event, LinkKind, LinkPatch, Load, Observer, Pair, Scenario, ScriptItem, Stop,
    View, Who, open,
};

/// How long a run goes on after its first violation, because one often hides another.
const AFTERMATH_US: Micros = 1_500_000;
/// How long a run usually lasts.
const ORDINARY_US: Micros = 10_000_000;
/// How often options are drawn until they go together.
const MOST_DRAWS: usize = 20;
/// The most events of one run.
const MOST_EVENTS: u64 = 2_000_000;

/// What a sweep is over.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Protocol, nodes, and everything that the caller fixed.
    pub base: Scenario,
    /// Which settings the caller fixed, by dotted name; the seed draws the others.
    pub fixed: Vec<String>,
    /// How long each run lasts, in simulated microseconds.
    pub until_us: Micros,
}

/// What one seed showed.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub seed: u64,
    pub events: u64,
    pub delivered: u64,
    pub acknowledged: u64,
    pub elections: u64,
    pub violations: Vec<Violation>,
    /// Whether the run had more events than one may have, and was cut short.
    pub cut_short: bool,
}

impl Sweep {
    /// Runs one seed.
    ///
    /// # Errors
    /// If the protocol's options contradict one another.
    pub fn run(&self, seed: u64) -> Result<Outcome, OpenError> {
        let scenario = self.scenario(seed);
        let mut run = open(&scenario)?;
        let mut watcher = Watcher::new(run.as_view());
        let stop = run.run_until(self.until_us, MOST_EVENTS, &mut watcher);
        if let Some(violation) = watcher.recorder.violation() {
            watcher.monitor.add(violation);
        }
        Ok(Outcome {
            seed,
            events: run.events(),
            delivered: run.counters().arrived,
            acknowledged: run.counters().acknowledged,
            elections: watcher.elections,
            violations: watcher.monitor.violations().to_vec(),
            cut_short: stop == Stop::Events,
        })
    }

    /// The scenario of a seed.
    pub fn scenario(&self, seed: u64) -> Scenario {
        let mut draw = Draw {
            stream: Stream::new(seed, Purpose::Sweep, 0),
            fixed: &self.fixed,
        };
        let mut scenario = self.base.clone();
        scenario.seed = seed;
        scenario.until_us = self.until_us;
        draw.options(&mut scenario);
        draw.network(&mut scenario);
        draw.disk(&mut scenario);
        draw.clients(&mut scenario);
        draw.script(&mut scenario, self.until_us);
        scenario
    }
}

/// A monitor that lets a run go on for a while after its first violation.
struct Watcher {
    monitor: Monitor,
    recorder: Recorder,
    elections: u64,
    ends_us: Option<Micros>,
    led: Vec<bool>,
}

impl Watcher {
    fn new(run: &dyn View) -> Watcher {
        Watcher {
            monitor: Monitor::new(run, false),
            recorder: Recorder::new(run),
            elections: 0,
            ends_us: None,
            led: Vec::new(),
        }
    }
}

impl Observer for Watcher {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let _ = self.monitor.after(run, event);
        let _ = self.recorder.after(run, event);
        if let Some(node) = event.node {
            let leads = run.probe(node).is_some_and(|probe| probe.leading);
            self.led.resize(run.scenario().nodes, false);
            let led = std::mem::replace(&mut self.led[node.index()], leads);
            self.elections += u64::from(leads && !led);
        }
        if self.ends_us.is_none() && !self.monitor.violations().is_empty() {
            self.ends_us = Some(event.time_us + AFTERMATH_US);
        }
        match self.ends_us {
            Some(end) if event.time_us >= end => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Draws a scenario's parts from a seed.
struct Draw<'a> {
    stream: Stream,
    fixed: &'a [String],
}

impl Draw<'_> {
    fn free(&self, name: &str) -> bool {
        !self.fixed.iter().any(|fixed| fixed == name)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.stream.below(from.len() as u64) as usize]
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        self.stream.span(Span::new(low, high))
    }

    /// Each tunable from the values that its protocol offers. Values that do not go together with
    /// what the caller fixed are drawn again, and left at their defaults after some tries.
    ///
    /// A tunable that stands after the protocol's rules came later: it has a stream of its own, so
    /// that it leaves what a seed drew before as it was.
    fn options(&mut self, scenario: &mut Scenario) {
        let Some(about) = registry::about(scenario.protocol) else {
            return;
        };
        let fixed = scenario.options.clone();
        let rules = about.options.iter();
        let rules = rules.take_while(|spec| spec.kind != OptionKind::Rule);
        let early = rules.count();
        let own_stream = |position| Stream::new(scenario.seed, Purpose::Sweep, 1 + position);
        let mut late: Vec<Stream> = (early..about.options.len())
            .map(|position| own_stream(position as u64))
            .collect();
        for _ in 0..MOST_DRAWS {
            scenario.options = fixed.clone();
            for (position, spec) in about.options.iter().enumerate() {
                if spec.draw.is_empty() {
                    continue;
                }
                let stream = match position.checked_sub(early) {
                    Some(late_position) => &mut late[late_position],
                    None => &mut self.stream,
                };
                let value = spec.draw[stream.below(spec.draw.len() as u64) as usize];
                let name = format!("{}.{}", about.name, spec.name);
                if !fixed.is_set(spec.name) && !self.fixed.contains(&name) {
                    // The table's own values always fit; a test draws them all.
                    let _ = scenario.options.set(about.options, spec.name, value);
                }
            }
            if open(scenario).is_ok() {
                return;
            }
        }
        scenario.options = fixed;
    }

    fn network(&mut self, scenario: &mut Scenario) {
        const LATENCIES: [Span; 4] = [
            Span::new(1_000, 3_000),
            Span::new(5_000, 15_000),
            Span::new(1_000, 40_000),
            Span::new(20_000, 60_000),
        ];
        let kind = if self.stream.below(5) == 0 {
            LinkKind::Stream
        } else {
            LinkKind::Datagram
        };
        let latency = self.pick(&LATENCIES);
        let loss = Chance(self.pick(&[0, 0, 20_000, 100_000]));
        let duplicate = Chance(self.pick(&[0, 0, 50_000]));
        let reorder = Chance(self.pick(&[0, 100_000, 1_000_000]));
        let network = &mut scenario.network;
        let set = |name: &str, put: &mut dyn FnMut()| {
            if !self.fixed.iter().any(|fixed| fixed == name) {
                put();
            }
        };
        set("network.kind", &mut || network.kind = kind);
        set("network.latency", &mut || network.latency = latency);
        set("network.loss", &mut || network.loss = loss);
        set("network.duplicate", &mut || network.duplicate = duplicate);
        set("network.reorder", &mut || network.reorder = reorder);
    }

    /// Slow disks matter: what is not durable yet is what a crash can take.
    fn disk(&mut self, scenario: &mut Scenario) {
        const FSYNCS: [Span; 4] = [
            Span::new(100, 1_000),
            Span::new(1_000, 10_000),
            Span::new(5_000, 60_000),
            Span::new(40_000, 90_000),
        ];
        let fsync = self.pick(&FSYNCS);
        if self.free("disk.fsync") {
            scenario.disk.fsync = fsync;
        }
        for node in NodeSet::first(scenario.nodes).iter() {
            let slow = self.stream.below(8) == 0;
            if slow && self.free("disk.fsync") {
                let mut disk = scenario.disk;
                disk.fsync = Span::new(30_000, 120_000);
                scenario.node.entry(node).or_default().disk = Some(disk);
            }
        }
    }

    fn clients(&mut self, scenario: &mut Scenario) {
        let sessions = self.pick(&[1, 3, 5]);
        let pause_us = self.pick(&[2_000, 20_000, 80_000]);
        if self.free("clients.sessions") {
            scenario.clients.sessions = sessions;
        }
        if self.free("clients.load") {
            scenario.clients.load = Load::Think { pause_us };
        }
        if self.free("clients.timeout") {
            scenario.clients.timeout_us = 200_000;
        }
    }

    /// Faults from the start almost to the end; the last moments are whole, so that what was broken
    /// shows.
    ///
    /// They come faster in a protocol of which an ordinary run is shorter than ten seconds.
    fn script(&mut self, scenario: &mut Scenario, until_us: Micros) {
        let usual = registry::about(scenario.protocol).map_or(ORDINARY_US, |about| about.sweep_us);
        let scaled = |us: Micros| (us * usual.min(ORDINARY_US) / ORDINARY_US).max(4);
        let calm = until_us.saturating_sub(scaled(800_000));
        let pace = scaled(self.pick(&[60_000, 250_000, 800_000]));
        let nodes = scenario.nodes;
        let mut script: Vec<ScriptItem> = Vec::new();
        let mut at_us = self.between(0, scaled(400_000));
        while at_us < calm {
            self.fault(nodes, at_us, &mut script);
            at_us += self.between(pace / 4, pace * 2);
        }
        script.retain(|item| item.at_us < calm);
        script.push(now(calm, Action::Heal { links: Vec::new() }));
        for node in NodeSet::first(nodes).iter().map(Who::Node) {
            script.push(now(calm, Action::Restart { node }));
            script.push(now(calm, Action::Resume { node }));
        }
        script.sort_by_key(|item| item.at_us);
        scenario.script = script;
    }

    fn fault(&mut self, nodes: usize, at: Micros, script: &mut Vec<ScriptItem>) {
        let node = Who::Node(self.node(nodes));
        let leader = if self.stream.below(2) == 0 {
            Who::Leader
        } else {
            node
        };
        let back = self.pick(&[1_000, 30_000, 150_000, 400_000, 1_200_000]);
        let back = at + self.between(back / 2, back);
        let kinds = if nodes > 1 { 16 } else { 4 };
        match self.stream.below(kinds) {
            13 | 14 => self.relay(nodes, at, script),
            0 | 1 => self.crash(nodes, leader, at, back, script),
            2 => self.burst(nodes, at, script),
            3 => self.outage(nodes, at, back, script),
            4 | 5 => {
                script.push(now(at, Action::Pause { node: leader }));
                for node in NodeSet::first(nodes).iter().map(Who::Node) {
                    script.push(now(back, Action::Resume { node }));
                }
            }
            6 | 7 => {
                let groups = self.groups(nodes);
                script.push(now(at, Action::Partition { groups }));
                script.push(now(back, Action::Heal { links: Vec::new() }));
            }
            8 => {
                let links = (0..self.between(1, 4)).map(|_| self.link(nodes)).collect();
                script.push(now(at, Action::Cut { links }));
                script.push(now(back, Action::Heal { links: Vec::new() }));
            }
            9 => {
                script.push(now(at, Action::Isolate { node: leader }));
                script.push(now(back, Action::Heal { links: Vec::new() }));
            }
            10 => script.push(now(at, Action::Timeout { node })),
            11 => script.push(now(at, Action::Lead { node })),
            _ => {
                let link = self.link(nodes);
                let loss = Some(Chance(self.pick(&[0, 0, 300_000, 900_000])));
                let slow = [
                    None,
                    Some(Span::new(80_000, 250_000)),
                    Some(Span::new(200_000, 600_000)),
                ];
                let latency = self.pick(&slow);
                let patch = LinkPatch {
                    loss,
                    latency,
                    ..LinkPatch::default()
                };
                script.push(now(at, Action::Link { link, patch }));
            }
        }
    }

    /// One server, back after as little as a moment. `Leader` may be anyone by then, so all are
    /// restarted; those who run refuse.
    fn crash(
        &mut self,
        nodes: usize,
        who: Who,
        at: Micros,
        back: Micros,
        script: &mut Vec<ScriptItem>,
    ) {
        script.push(now(at, Action::Crash { node: who }));
        match who {
            Who::Node(_) => script.push(now(back, Action::Restart { node: who })),
            Who::Leader => {
                for node in NodeSet::first(nodes).iter().map(Who::Node) {
                    script.push(now(back, Action::Restart { node }));
                }
            }
        }
    }

    /// An election is called, and servers crash and return while it goes on: the moments in which
    /// votes are on their way to the disk.
    fn burst(&mut self, nodes: usize, at: Micros, script: &mut Vec<ScriptItem>) {
        for _ in 0..2 {
            let node = Who::Node(self.node(nodes));
            script.push(now(at + self.between(0, 20_000), Action::Timeout { node }));
        }
        for _ in 0..nodes {
            let node = Who::Node(self.node(nodes));
            let crash = at + self.between(0, 120_000);
            script.push(now(crash, Action::Crash { node }));
            script.push(now(
                crash + self.between(500, 20_000),
                Action::Restart { node },
            ));
        }
    }

    /// Leaders fall one after another, each soon after its election and heard by few: entries stay
    /// on some disks, half replicated, in several terms.
    fn relay(&mut self, nodes: usize, at: Micros, script: &mut Vec<ScriptItem>) {
        let mut at = at;
        for _ in 0..self.between(3, 6) {
            let node = self.node(nodes);
            script.push(now(
                at,
                Action::Restart {
                    node: Who::Node(node),
                },
            ));
            script.push(now(
                at,
                Action::Timeout {
                    node: Who::Node(node),
                },
            ));
            let mut few = NodeSet::only(node);
            few.insert(self.node(nodes));
            let groups = vec![few, NodeSet::first(nodes).minus(few)];
            let cut = at + self.between(10_000, 150_000);
            script.push(now(cut, Action::Partition { groups }));
            let crash = cut + self.between(5_000, 150_000);
            script.push(now(
                crash,
                Action::Crash {
                    node: Who::Node(node),
                },
            ));
            script.push(now(crash + 1_000, Action::Heal { links: Vec::new() }));
            at = crash + self.between(2_000, 200_000);
        }
        for node in NodeSet::first(nodes).iter().map(Who::Node) {
            script.push(now(at, Action::Restart { node }));
        }
    }

    /// A majority or all lose power together.
    fn outage(&mut self, nodes: usize, at: Micros, back: Micros, script: &mut Vec<ScriptItem>) {
        let first = self.stream.below(nodes as u64) as usize;
        let count = self.between(nodes as u64 / 2 + 1, nodes as u64) as usize;
        for k in 0..count {
            let node = Who::Node(NodeId::at((first + k) % nodes));
            script.push(now(at, Action::Crash { node }));
            script.push(now(
                back + self.between(0, 100_000),
                Action::Restart { node },
            ));
        }
    }

    fn node(&mut self, nodes: usize) -> NodeId {
        NodeId::at(self.stream.below(nodes as u64) as usize)
    }

    fn groups(&mut self, nodes: usize) -> Vec<NodeSet> {
        let count = if nodes > 4 { self.between(2, 3) } else { 2 };
        let mut groups = vec![NodeSet::EMPTY; count as usize];
        for node in NodeSet::first(nodes).iter() {
            let side = self.stream.below(count) as usize;
            groups[side].insert(node);
        }
        groups
    }

    fn link(&mut self, nodes: usize) -> Pair {
        let from = self.node(nodes);
        let step = 1 + self.stream.below(nodes.max(2) as u64 - 1) as usize;
        let to = NodeId::at((from.index() + step) % nodes);
        let both = self.stream.below(2) == 0;
        Pair {
            from: Endpoint::Server(from),
            to: Endpoint::Server(to),
            both,
        }
    }
}

fn now(at_us: Micros, action: Action) -> ScriptItem {
    ScriptItem {
        at_us,
        after: None,
        action: Arc::new(action),
    }
}

/// A line that says what a seed found.
pub fn summary(outcome: &Outcome) -> String {
    let broken: Vec<String> = outcome
        .violations
        .iter()
        .map(|violation| {
            format!(
                "{} at {}",
                violation.invariant,
                show_duration(violation.time_us)
            )
        })
        .collect();
    format!("seed {}: {}", outcome.seed, broken.join(", "))
}
