//! What a reader can do to a node, a link or a message, as it stands now. The stage's menus and
//! the inspector's buttons come from here.

use super::words;
use crate::model::Model;
use crate::text::{act_name, t, tf, timer_name};
use synod_protocols::NodeId;
use synod_protocols::units::{Chance, Span};
use synod_scene::{Share, link_figure};
use synod_sim::{
    Action, Endpoint, Fate, Flight, LinkKind, LinkPatch, Match, Pair, Status, View, Who,
};

/// How much slower "slow" makes a link.
const SLOWER: u64 = 10;
/// The chance at which "lossy" loses a message.
const LOSSY: Chance = Chance(200_000);
/// By how much "delay" delays a message.
const DELAY_US: u64 = 100_000;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Stable: for keys, shortcuts and tests.
    pub id: &'static str,
    pub label: String,
    /// A name for [`crate::lab::icon::icon`].
    pub icon: &'static str,
    pub action: Action,
    /// Whether it breaks something.
    pub danger: bool,
}

fn item(id: &'static str, label: &str, icon: &'static str, action: Action) -> Item {
    Item {
        id,
        label: label.to_string(),
        icon,
        action,
        danger: false,
    }
}

fn danger(id: &'static str, label: &str, icon: &'static str, action: Action) -> Item {
    Item {
        danger: true,
        ..item(id, label, icon, action)
    }
}

/// Whether the leader is asked to make a server a member, or to remove it.
fn member_item(view: &dyn View, server: NodeId) -> Option<Item> {
    let leader = view.leader().filter(|_| view.about().can_reconfigure)?;
    let mut members = view.members(leader)?;
    let (id, label, icon) = if members.contains(server) {
        members.remove(server);
        ("leave", "do.leave", "minus")
    } else {
        members.insert(server);
        ("join", "do.join", "plus")
    };
    let action = Action::Reconfigure { members };
    (!members.is_empty()).then(|| item(id, t(label), icon, action))
}

/// What can be done to a server now.
pub fn node_items(model: &Model, server: NodeId) -> Vec<Item> {
    let view = model.run().as_view();
    let node = Who::Node(server);
    let status = view.status(server);
    let mut items = Vec::new();
    match status {
        Status::Crashed => {
            items.push(item(
                "restart",
                t("do.restart"),
                "power",
                Action::Restart { node },
            ));
        }
        Status::Paused => {
            items.push(item(
                "resume",
                t("do.resume"),
                "play",
                Action::Resume { node },
            ));
            items.push(danger(
                "crash",
                t("do.crash"),
                "crash",
                Action::Crash { node },
            ));
        }
        Status::Up => {
            items.push(danger(
                "crash",
                t("do.crash"),
                "crash",
                Action::Crash { node },
            ));
            items.push(item(
                "pause",
                t("do.pause"),
                "pause",
                Action::Pause { node },
            ));
            let timers = view.about().timers;
            let armed = view.timers(server);
            let suspects = |id: u8| timers.get(usize::from(id)).is_some_and(|def| def.suspects);
            let at_will = timers.iter().any(|def| def.suspects && def.at_will);
            if at_will || armed.iter().any(|timer| suspects(timer.timer.0)) {
                items.push(item(
                    "timeout",
                    act_name(view.about(), "timeout"),
                    "timeout",
                    Action::Timeout { node },
                ));
            }
            let leads = view.probe(server).is_some_and(|probe| probe.leading);
            if view.about().can_transfer && view.leader().is_some() && !leads {
                items.push(item("lead", t("do.lead"), "leader", Action::Lead { node }));
            }
        }
    }
    items.extend(member_item(view, server));
    let (some, all) = cuts_of(model, server);
    if !all {
        items.push(danger(
            "isolate",
            t("do.isolate"),
            "cut",
            Action::Isolate { node },
        ));
    }
    if some {
        items.push(item(
            "rejoin",
            t("do.rejoin"),
            "join",
            Action::Rejoin { node },
        ));
    }
    items
}

/// Whether any link of a server is cut, and whether all are.
fn cuts_of(model: &Model, server: NodeId) -> (bool, bool) {
    let view = model.run().as_view();
    let (mut some, mut all) = (false, true);
    let here = Endpoint::Server(server);
    let others = model
        .nodes()
        .filter(|other| *other != server)
        .map(Endpoint::Server);
    for other in others.chain([Endpoint::Clients]) {
        let cut = link_figure(view, here, other).cut;
        some |= cut.any();
        all &= cut == Share::Both;
    }
    (some, all)
}

/// While the network is held: each armed timer of a server, to be fired by hand.
pub fn timer_items(model: &Model, server: NodeId) -> Vec<Item> {
    let view = model.run().as_view();
    if !view.holding() || view.status(server) != Status::Up {
        return Vec::new();
    }
    let about = view.about();
    let defs = view.timers(server);
    let defs = defs
        .iter()
        .filter_map(|timer| about.timers.get(usize::from(timer.timer.0)));
    defs.map(|def| {
        let label = tf("do.fire", &[("timer", timer_name(about, def.name))]);
        let action = Action::Fire {
            node: Who::Node(server),
            timer: def.name.to_string(),
        };
        item("fire", &label, "timeout", action)
    })
    .collect()
}

/// What can be done to a link now.
pub fn link_items(model: &Model, from: Endpoint, to: Endpoint) -> Vec<Item> {
    let view = model.run().as_view();
    let figure = link_figure(view, from, to);
    let both = Pair {
        from,
        to,
        both: true,
    };
    let forth = Pair {
        from,
        to,
        both: false,
    };
    let back = Pair {
        from: to,
        to: from,
        both: false,
    };
    let cut = |link: Pair| Action::Cut { links: vec![link] };
    let way = |from, to| tf("do.cut_way", &[("way", words::way(from, to))]);
    let mut items = Vec::new();
    if figure.cut != Share::Both {
        items.push(danger("cut-both", t("do.cut_both"), "cut", cut(both)));
    }
    if !figure.cut.any() {
        items.push(danger("cut-forth", &way(from, to), "cut", cut(forth)));
        items.push(danger("cut-back", &way(to, from), "cut", cut(back)));
    } else {
        items.push(item(
            "heal",
            t("do.heal_link"),
            "heal",
            Action::Heal { links: vec![both] },
        ));
    }
    let network = view.scenario().network;
    let patch = |patch: LinkPatch| Action::Link { link: both, patch };
    if figure.lossy != Share::Both {
        let lossy = LinkPatch {
            loss: Some(LOSSY),
            ..LinkPatch::default()
        };
        items.push(item("lossy", t("do.lossy"), "drop", patch(lossy)));
    }
    if figure.slow != Share::Both {
        let Span { min_us, max_us } = network.latency;
        let latency = Span::new(min_us * SLOWER, max_us * SLOWER);
        let slow = LinkPatch {
            latency: Some(latency),
            ..LinkPatch::default()
        };
        items.push(item("slow", t("do.slow"), "delay", patch(slow)));
    }
    if figure.lossy.any() || figure.slow.any() {
        let normal = LinkPatch {
            latency: Some(network.latency),
            loss: Some(network.loss),
            duplicate: Some(network.duplicate),
            reorder: Some(network.reorder),
        };
        items.push(item("normal", t("do.normal"), "check", patch(normal)));
    }
    if view.link(from, to).kind == LinkKind::Stream {
        let kill = Action::KillSession { link: both };
        items.push(danger("kill-session", t("do.kill_session"), "cross", kill));
    }
    items
}

/// What can be done to a message in flight; "deliver" comes first if it waits to be delivered.
pub fn message_items(model: &Model, flight: &Flight) -> Vec<Item> {
    let id = flight.info.id;
    let what = || Match {
        id: Some(id),
        ..Match::default()
    };
    let held = model.run().holding();
    let mut items = Vec::new();
    if held {
        items.push(item("deliver", t("do.deliver"), "deliver", deliver(id)));
    }
    items.push(danger(
        "drop",
        t("do.drop"),
        "drop",
        Action::Drop { what: what() },
    ));
    if !held && flight.fate == Fate::Arrives {
        let delay = Action::Delay {
            what: what(),
            by_us: DELAY_US,
        };
        items.push(item("delay", t("do.delay"), "delay", delay));
    }
    let twice = Action::Duplicate { what: what() };
    items.push(item("duplicate", t("do.duplicate"), "duplicate", twice));
    items
}

/// A message arrives now.
pub fn deliver(id: u64) -> Action {
    Action::Deliver {
        what: Match {
            id: Some(id),
            ..Match::default()
        },
    }
}

/// Every link of a server: to the others, and to the clients.
pub fn links_of(model: &Model, server: NodeId) -> Vec<(Endpoint, Endpoint)> {
    let others = model
        .nodes()
        .filter(|other| *other != server)
        .map(Endpoint::Server);
    others
        .chain([Endpoint::Clients])
        .map(|other| (Endpoint::Server(server), other))
        .collect()
}

/// The messages in flight to a server, oldest first.
pub fn messages_to(model: &Model, server: NodeId) -> Vec<Flight> {
    let mut flights = Vec::new();
    model.run().flights(&mut flights);
    flights.retain(|flight| flight.info.to == Endpoint::Server(server));
    flights
}

/// A message in flight by its number.
pub fn flight(model: &Model, id: u64) -> Option<Flight> {
    let mut flights = Vec::new();
    model.run().flights(&mut flights);
    flights.into_iter().find(|flight| flight.info.id == id)
}
