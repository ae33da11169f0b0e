//! Where messages in flight are drawn.

use crate::geometry::Point;
use crate::layout::Layout;
use synod_protocols::{About, Micros, Traffic};
use synod_sim::{Endpoint, Fate, Flight, MessageInfo};

/// How messages move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    #[default]
    Glide,
    /// In quarters of the way, for readers who asked for less motion.
    Step,
}

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    Flying,
    /// It will not arrive, and fades out halfway.
    Dying,
    /// It stands at the receiver's door.
    Waiting,
}

/// A message as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tile {
    pub id: u64,
    pub from: Endpoint,
    pub to: Endpoint,
    /// As in [`MessageInfo::kind`].
    pub kind: u8,
    pub epoch: u64,
    /// Whether it answers another message; its shape tells.
    pub reply: bool,
    /// Sent only to show life, and so drawn quietly.
    pub quiet: bool,
    pub at: Point,
    /// The direction of travel.
    pub heading: Point,
    pub motion: Motion,
    /// How much of it is to be seen, from 1 down to 0.
    pub opacity: f64,
}

/// From which share of a lost message's life it fades.
const FADES_FROM: f64 = 0.55;

/// The tiles of the messages in flight, in their order. `holding` says that all wait at doors.
pub fn tiles(
    about: &About,
    layout: &Layout,
    now: Micros,
    holding: bool,
    pace: Pace,
    flights: &[Flight],
    out: &mut Vec<Tile>,
) {
    out.clear();
    for flight in flights {
        let waits = holding || flight.fate == Fate::Stalled;
        let motion = match flight.fate {
            _ if waits => Motion::Waiting,
            Fate::Dies(_) => Motion::Dying,
            _ => Motion::Flying,
        };
        let gone = progress(flight, now, pace);
        let mut tile = blank(about, &flight.info, motion);
        match motion {
            Motion::Waiting => place_waiting(layout, &mut tile, out),
            Motion::Flying => place(layout, &mut tile, gone),
            Motion::Dying => {
                place(layout, &mut tile, gone * 0.5);
                tile.opacity = ((1.0 - gone) / (1.0 - FADES_FROM)).clamp(0.0, 1.0);
            }
        }
        out.push(tile);
    }
}

fn blank(about: &About, info: &MessageInfo, motion: Motion) -> Tile {
    let kind = about.kinds.get(usize::from(info.kind));
    Tile {
        id: info.id,
        from: info.from,
        to: info.to,
        kind: info.kind,
        epoch: info.epoch,
        reply: kind.map_or(info.kind == MessageInfo::REPLY, |kind| kind.reply),
        quiet: kind.is_some_and(|kind| kind.traffic == Traffic::Heartbeat),
        at: Point::default(),
        heading: Point::default(),
        motion,
        opacity: 1.0,
    }
}

/// The share of its way that a message has gone.
fn progress(flight: &Flight, now: Micros, pace: Pace) -> f64 {
    let whole = flight.due_us.saturating_sub(flight.info.sent_us);
    if whole == 0 {
        return 1.0;
    }
    let gone = now.saturating_sub(flight.info.sent_us) as f64 / whole as f64;
    match pace {
        Pace::Glide => gone.min(1.0),
        Pace::Step => (gone.min(1.0) * 4.0).floor() / 4.0,
    }
}

/// Puts a tile at a share of its way.
fn place(layout: &Layout, tile: &mut Tile, gone: f64) {
    let path = layout.path(tile.from, tile.to);
    let (start, end) = layout.ends(tile.from, tile.to, &path);
    let share = start + (end - start) * gone;
    tile.at = path.beside(share, layout.lane());
    tile.heading = path.heading(share);
}

/// Puts a tile into the queue at the receiver's door: the oldest nearest, each to be clicked.
fn place_waiting(layout: &Layout, tile: &mut Tile, before: &[Tile]) {
    let same = |other: &&Tile| {
        other.motion == Motion::Waiting && other.from == tile.from && other.to == tile.to
    };
    let ahead = before.iter().filter(same).count() as f64;
    let path = layout.path(tile.from, tile.to);
    let (start, end) = layout.ends(tile.from, tile.to, &path);
    let room = (end - start) * path.length();
    let apart = layout.tile() * 1.35;
    // A long queue stands closer together the further back it reaches.
    let back = ahead * apart / (room + ahead * apart);
    let mut share = if room > 0.0 { 1.0 - back } else { 1.0 };
    place(layout, tile, share);
    // A tile that waits is to be read and clicked: it stands clear of the receiver's label and log.
    while share > 0.4 && is_under_label(layout, tile) {
        share -= 0.02;
        place(layout, tile, share);
    }
}

/// Whether a tile lies where its receiver's label and log are drawn.
fn is_under_label(layout: &Layout, tile: &Tile) -> bool {
    let end = layout.at(tile.to);
    let (dx, dy) = ((tile.at.x - end.x).abs(), tile.at.y - end.y);
    let half = layout.tile() / 2.0;
    let below = layout.log_y + layout.square + half;
    dx < layout.pitch * 5.0 + half && dy > layout.node_r * 0.7 && dy < below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Room;
    use synod_protocols::NodeId;
    use synod_sim::LossReason;

    const ROOM: Room = Room {
        width: 700.0,
        height: 600.0,
        top: 0.0,
        bottom: 0.0,
    };

    fn info(id: u64, from: u8, to: u8) -> MessageInfo {
        MessageInfo {
            id,
            from: Endpoint::Server(NodeId(from)),
            to: Endpoint::Server(NodeId(to)),
            kind: 0,
            epoch: 1,
            sent_us: 1_000,
            sent_in: 1,
        }
    }

    fn draw(flights: &[Flight], now: Micros, holding: bool, pace: Pace) -> Vec<Tile> {
        let layout = Layout::new(ROOM, 5);
        let about = synod_protocols::registry::ALL[0];
        let mut out = Vec::new();
        tiles(about, &layout, now, holding, pace, flights, &mut out);
        out
    }

    /// Whoever the receiver is, a waiting tile can be read.
    #[test]
    fn what_waits_stands_clear_of_labels() {
        let about = synod_protocols::registry::ALL[0];
        for n in [3, 5, 7] {
            let layout = Layout::new(ROOM, n);
            for to in 1..n as u8 {
                let info = info(1, 0, to);
                for info in [
                    info,
                    MessageInfo {
                        from: info.to,
                        to: info.from,
                        ..info
                    },
                ] {
                    let flight = Flight {
                        info,
                        due_us: 3_000,
                        fate: Fate::Arrives,
                    };
                    let mut out = Vec::new();
                    tiles(
                        about,
                        &layout,
                        4_000,
                        true,
                        Pace::Glide,
                        &[flight],
                        &mut out,
                    );
                    assert!(!is_under_label(&layout, &out[0]), "{n} servers, {info:?}");
                }
            }
        }
    }

    fn flight(id: u64, fate: Fate) -> Flight {
        Flight {
            info: info(id, 0, 1),
            due_us: 3_000,
            fate,
        }
    }

    #[test]
    fn messages_go_from_one_rim_to_the_other() {
        let layout = Layout::new(ROOM, 5);
        let at = |now| draw(&[flight(1, Fate::Arrives)], now, false, Pace::Glide)[0].at;
        let (a, b) = (layout.nodes[0], layout.nodes[1]);
        assert!(at(1_000).distance(a) < layout.keep_off(Endpoint::Clients) * 2.5);
        assert!(at(3_000).distance(b) < layout.keep_off(Endpoint::Clients) * 2.5);
        assert!(at(1_000).distance(a) > layout.node_r);
        assert!((at(2_000).distance(a) - at(2_000).distance(b)).abs() < 1.0);
        assert_eq!(at(9_000), at(3_000));
    }

    #[test]
    fn the_two_directions_keep_to_their_lanes() {
        let there = flight(1, Fate::Arrives);
        let back = Flight {
            info: info(2, 1, 0),
            ..there
        };
        let tiles = draw(&[there, back], 2_000, false, Pace::Glide);
        assert!(tiles[0].at.distance(tiles[1].at) > 8.0);
    }

    #[test]
    fn a_lost_message_fades_halfway() {
        let lost = [flight(1, Fate::Dies(LossReason::Loss))];
        let tile = |now| draw(&lost, now, false, Pace::Glide)[0];
        assert_eq!(tile(1_500).opacity, 1.0);
        assert_eq!(tile(3_000).opacity, 0.0);
        let arrives = draw(&[flight(1, Fate::Arrives)], 2_000, false, Pace::Glide)[0];
        assert!(tile(3_000).at.distance(arrives.at) < 1.0);
    }

    #[test]
    fn those_who_wait_stand_apart_and_never_pass_the_sender() {
        let held: Vec<Flight> = (1..=30).map(|id| flight(id, Fate::Arrives)).collect();
        let tiles = draw(&held, 2_000, true, Pace::Glide);
        assert!(tiles.iter().all(|tile| tile.motion == Motion::Waiting));
        assert!(tiles[0].at.distance(tiles[1].at) > 20.0);
        for pair in tiles.windows(2) {
            assert!(pair[0].at.distance(pair[1].at) > 0.5);
        }
        assert_eq!(
            draw(&held[..1], 1_000, true, Pace::Glide)[0].at,
            tiles[0].at
        );
    }

    #[test]
    fn less_motion_means_quarters() {
        let at = |now| draw(&[flight(1, Fate::Arrives)], now, false, Pace::Step)[0].at;
        assert_eq!(at(1_000), at(1_499));
        assert_ne!(at(1_499), at(1_500));
    }
}
