//! Everything around the stage: bar, transport, inspector, logs, events, clients, overlays.

pub mod bar;
pub mod bench;
pub mod chooser;
pub mod clients;
pub mod events;
pub mod help;
pub mod icon;
pub mod inspector;
pub mod matrix;
pub mod narrator;
pub mod notice;
pub mod panic;
pub mod safety;
pub mod scenarios;
pub mod tabs;
pub mod theme;
pub mod transport;
