//! The world in which replicas live: clock, network, disks, faults, clients and history.
//!
//! A run is a [`Scenario`]: protocol, options, nodes, network, disks, seed and a script of actions.
//! Nothing else influences it, so the same scenario gives the same history everywhere. Time is in
//! whole microseconds; chances are whole millionths; every queue is bounded.

pub mod action;
pub mod chunked;
pub mod contrast;
pub mod cost;
pub mod export;
pub mod history;
pub mod lens;
mod limits;
pub mod parse;
pub mod random;
pub mod run;
pub mod scenario;
pub mod trace;
pub mod view;
pub mod why;
mod world;

pub use action::{Action, ClockPatch, DiskPatch, Endpoint, LinkPatch, Match, Pair, Refusal, Who};

pub use contrast::Contrast;
pub use parse::{ParseError, parse_scenario};
pub use run::{Observer, Run, Step, Stop, open};
pub use scenario::{
    ClientSettings, DiskPolicy, DiskSettings, LinkKind, Load, NetworkSettings, NodeSettings,
    Scenario, Schedule, ScriptItem,
};
pub use view::{
    Ack, ClientView, Counters, DecidedView, DiskView, Event, EventKind, Fate, Flight, LinkView,
    LossReason, MessageInfo, MessageView, NodeFaults, Status, TimerView, View,
};

/// The version of the engine's rules. It rises whenever a mend alters how an old scenario replays;
/// links carry it, so that a page can say where a run departs from what its author saw.
pub const RULES: u32 = 1;

/// The sentences in English that the world can say.
pub const ENGLISH: &str = include_str!("en.txt");
