//! What the stage says about nodes, links and messages.

use crate::text::{role_name, t, tally_name, tf};
use synod_protocols::About;
use synod_scene::{Badge, Gathering, LinkFigure, NodeFigure, Share};
use synod_sim::{Endpoint, Fate, LossReason, MessageInfo, Status};

/// `term 3`.
pub fn epoch(about: &About, epoch: u64) -> String {
    let mut text = crate::text::epoch_name(about);
    text.push(' ');
    text.push_str(&about.show_epoch(epoch));
    text
}

/// `2 of 3 votes`.
pub fn gathering(about: &About, gathering: &Gathering) -> String {
    tf(
        "stage.gathering",
        &[
            ("have", gathering.have.len().to_string()),
            ("need", gathering.needed.to_string()),
            ("what", tally_name(about, gathering.what, gathering.subject)),
        ],
    )
}

/// The longest line under a node, in characters, that its neighbours leave room for.
const LONGEST_LABEL: usize = 27;

/// The line under a node: its role and what it gathers, or that alone where there is no room.
pub fn node_label(about: &About, figure: &NodeFigure, full: bool) -> String {
    let role = match figure.role {
        Some(role) => role_name(about, role),
        None => return t("stage.crashed").to_string(),
    };
    match (&figure.gathering, figure.status) {
        (Some(tally), Status::Up) => {
            let tally = gathering(about, tally);
            let both = [&role, " · ", &tally].concat();
            if full && both.chars().count() <= LONGEST_LABEL {
                both
            } else {
                tally
            }
        }
        (_, Status::Paused) => [&role, " · ", t("stage.paused")].concat(),
        _ => role,
    }
}

/// Everything about a node that can be seen, for those who hear it.
pub fn node_name(about: &About, figure: &NodeFigure) -> String {
    let mut parts = vec![figure.node.to_string()];
    if let Some(role) = figure.role {
        parts.push(role_name(about, role));
        parts.push(epoch(about, figure.epoch));
    }
    if let Some(tally) = &figure.gathering {
        parts.push(gathering(about, tally));
    }
    parts.extend(
        figure
            .badges
            .iter()
            .map(|badge| badge_text(badge).to_string()),
    );
    let entries = figure.log.hidden + figure.log.squares.len() as u64;
    let n = ("n", entries.to_string());
    parts.push(match figure.log.decided {
        Some(decided) => tf("stage.entries", &[n, ("decided", decided.to_string())]),
        None => tf("stage.entries.disk", &[n]),
    });
    parts.join(", ")
}

fn badge_text(badge: &Badge) -> &'static str {
    match badge {
        Badge::Crashed => t("stage.crashed"),
        Badge::Paused(_) => t("stage.paused"),
        Badge::CutOff => t("stage.cut_off"),
        Badge::SlowDisk => t("stage.slow_disk"),
        Badge::LyingDisk => t("stage.lying_disk"),
    }
}

/// An end of a link.
pub fn endpoint(end: Endpoint) -> String {
    match end {
        Endpoint::Server(node) => node.to_string(),
        Endpoint::Clients => t("stage.clients").to_string(),
    }
}

/// `S1 – S2`.
pub fn link(from: Endpoint, to: Endpoint) -> String {
    [&endpoint(from), " – ", &endpoint(to)].concat()
}

/// `S1 → S2`.
pub fn way(from: Endpoint, to: Endpoint) -> String {
    [&endpoint(from), " → ", &endpoint(to)].concat()
}

/// What is wrong with a link, one thing after another; empty if nothing is.
pub fn link_state(figure: &LinkFigure) -> String {
    let mut parts: Vec<String> = Vec::new();
    let parts_of = [
        ("stage.link.cut", figure.cut),
        ("stage.link.lossy", figure.lossy),
        ("stage.link.slow", figure.slow),
    ];
    for (id, share) in parts_of {
        let direction = match share {
            Share::Neither => continue,
            Share::Both => t(id).to_string(),
            Share::Forth => [t(id), " ", &way(figure.from, figure.to)].concat(),
            Share::Back => [t(id), " ", &way(figure.to, figure.from)].concat(),
        };
        parts.push(direction);
    }
    parts.join(", ")
}

/// The letter on a message's tile.
pub fn letter(about: &About, kind: u8) -> &'static str {
    match kind {
        MessageInfo::REQUEST => t("stage.letter.request"),
        MessageInfo::REPLY => t("stage.letter.reply"),
        kind => about
            .kinds
            .get(usize::from(kind))
            .map_or("?", |kind| kind.letter),
    }
}

/// What will become of a message.
pub fn fate(fate: Fate, left_us: u64, holding: bool) -> String {
    match fate {
        _ if holding => t("stage.fate.held").to_string(),
        Fate::Arrives => tf(
            "stage.fate.arrives",
            &[("time", crate::text::show_time(left_us))],
        ),
        Fate::Stalled => t("stage.fate.stalled").to_string(),
        Fate::Dies(LossReason::Cut) => t("stage.fate.cut").to_string(),
        Fate::Dies(LossReason::Down) => t("stage.fate.down").to_string(),
        Fate::Dies(_) => t("stage.fate.lost").to_string(),
    }
}
