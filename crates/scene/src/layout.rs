//! Where nodes and clients stand, for a stage of a given size.

use crate::geometry::{Path, Point};
use synod_protocols::NodeId;
use synod_sim::Endpoint;

/// The size of the stage in CSS pixels, and what overlays take of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    pub width: f64,
    pub height: f64,
    pub top: f64,
    pub bottom: f64,
}

/// How much a node can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Density {
    /// A disc, and its number while there is room for it.
    Dots,
    /// Everything, in small.
    Compact,
    Full,
}

/// Places and sizes on the stage. The servers stand on a ring, the first at the top, clockwise;
/// the clients stand in its middle.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub room: Room,
    pub density: Density,
    /// A node's radius.
    pub node_r: f64,
    /// The radius of the circle on which the timer shrinks.
    pub timer_r: f64,
    /// The clients' half width.
    pub clients_r: f64,
    /// Below a node's centre: the base line of its label, and the top of its log.
    pub label_y: f64,
    pub log_y: f64,
    /// The side of a log square, and the distance from one to the next.
    pub square: f64,
    pub pitch: f64,
    pub centre: Point,
    pub nodes: Vec<Point>,
}

/// How much longer than the other one half axis of the ring may be.
const MOST_OVAL: f64 = 1.35;
/// How far messages of the two directions of a link keep from its middle line.
const LANE: f64 = 5.0;

impl Layout {
    pub fn new(room: Room, n: usize) -> Layout {
        let small = room
            .width
            .min(room.height - room.top - room.bottom)
            .max(1.0);
        // Half the distance of neighbours on a circle of radius 1.
        let half_gap = Point::around(0.5 / n.max(1) as f64).x;
        let wanted = (small * 0.063).clamp(21.0, 37.0);
        // Neighbours on the ring keep a node's breadth apart, however many there are.
        let crowd = if n > 2 {
            small * 0.4 * half_gap * 0.62
        } else {
            wanted
        };
        let node_r = wanted.min(crowd).max(3.0);
        // The distance between neighbours, in which their labels must find room.
        let apart = if n > 2 { small * 0.8 * half_gap } else { small };
        let density = match node_r {
            r if r < 15.0 => Density::Dots,
            r if r < 25.0 || room.width < 560.0 || apart < 160.0 => Density::Compact,
            _ => Density::Full,
        };
        let mut layout = Layout::sized(room, density, node_r);
        layout.place(n);
        layout
    }

    fn sized(room: Room, density: Density, node_r: f64) -> Layout {
        let full = density == Density::Full;
        let timer_r = node_r
            + if full {
                9.0
            } else {
                (node_r * 0.25).clamp(1.5, 6.0)
            };
        let label_y = timer_r + if full { 17.0 } else { 13.0 };
        Layout {
            room,
            density,
            node_r,
            timer_r,
            clients_r: if full {
                30.0
            } else {
                22.0_f64.min(node_r * 1.5).max(8.0)
            },
            label_y,
            log_y: label_y + if full { 8.0 } else { 5.0 },
            square: if full { 13.0 } else { 8.0 },
            pitch: if full { 16.0 } else { 10.0 },
            centre: Point::default(),
            nodes: Vec::new(),
        }
    }

    /// Fits the ring into the room: above a node its badge needs space, below it label and log.
    fn place(&mut self, n: usize) {
        let room = self.room;
        let dots = self.density == Density::Dots;
        let above = self.timer_r + 8.0;
        let below = if dots {
            above
        } else {
            self.log_y + self.square + 8.0
        };
        let beside = match self.density {
            Density::Full => 92.0,
            Density::Compact => 57.0,
            Density::Dots => self.timer_r + 8.0,
        };
        let unit: Vec<Point> = (0..n).map(|k| place_on_ring(k, n)).collect();
        let extent = |pick: fn(&Point) -> f64| {
            let low = unit.iter().map(pick).fold(0.0, f64::min);
            let high = unit.iter().map(pick).fold(0.0, f64::max);
            (low, high)
        };
        let ((left, right), (up, down)) = (extent(|p| p.x), extent(|p| p.y));
        let wide = (room.width - 2.0 * beside).max(10.0);
        let high = (room.height - room.top - room.bottom - above - below).max(10.0);
        let rx = wide / (right - left).max(1.0);
        let ry = high / (down - up).max(1.0);
        let (rx, ry) = (rx.min(ry * MOST_OVAL), ry.min(rx * MOST_OVAL));
        let middle_y = room.top + above + high / 2.0;
        self.centre = Point::new(room.width / 2.0, middle_y - ry * (up + down) / 2.0);
        let centre = self.centre;
        self.nodes = unit
            .iter()
            .map(|p| Point::new(centre.x + rx * p.x, centre.y + ry * p.y))
            .collect();
    }

    /// Where an end of a link stands; the middle for a server that does not exist.
    pub fn at(&self, end: Endpoint) -> Point {
        match end {
            Endpoint::Server(node) => self.node(node),
            Endpoint::Clients => self.centre,
        }
    }

    pub fn node(&self, node: NodeId) -> Point {
        self.nodes.get(node.index()).copied().unwrap_or(self.centre)
    }

    /// The radius that messages keep from the centre of a link's end.
    pub fn keep_off(&self, end: Endpoint) -> f64 {
        match end {
            Endpoint::Server(_) => self.timer_r + self.tile() * 0.7,
            Endpoint::Clients => self.clients_r + self.tile() * 0.3,
        }
    }

    /// The side of a message's tile.
    pub fn tile(&self) -> f64 {
        match self.density {
            Density::Full => 20.0,
            Density::Compact => 16.0,
            Density::Dots => (self.node_r * 0.9).clamp(3.0, 12.0),
        }
    }

    /// The part of the stage in which messages move: its corner, width and height.
    pub fn field(&self) -> (Point, f64, f64) {
        let margin = self.timer_r + 2.0 * self.tile();
        let fold = |pick: fn(&Point) -> f64| {
            let low = self
                .nodes
                .iter()
                .map(pick)
                .fold(pick(&self.centre), f64::min);
            let high = self
                .nodes
                .iter()
                .map(pick)
                .fold(pick(&self.centre), f64::max);
            ((low - margin).floor(), (high + margin).ceil())
        };
        let ((left, right), (top, bottom)) = (fold(|p| p.x), fold(|p| p.y));
        (Point::new(left, top), right - left, bottom - top)
    }

    /// The way of a link. Links through the middle bend around the clients.
    pub fn path(&self, from: Endpoint, to: Endpoint) -> Path {
        let (a, b) = (self.at(from), self.at(to));
        let n = self.nodes.len();
        let (Some(i), Some(j)) = (from.server(), to.server()) else {
            return Path::straight(a, b);
        };
        if n % 2 == 1 || i.index().abs_diff(j.index()) != n / 2 {
            return Path::straight(a, b);
        }
        let aside = self.clients_r + self.tile() * 0.5 + LANE;
        Path::bent(a, b, if i < j { aside } else { -aside })
    }

    /// How far beside its link's middle line a message travels.
    pub fn lane(&self) -> f64 {
        if self.density == Density::Dots {
            0.0
        } else {
            LANE
        }
    }

    /// The share of the way at which a message leaves its sender, and at which it arrives.
    pub fn ends(&self, from: Endpoint, to: Endpoint, path: &Path) -> (f64, f64) {
        let length = path.length().max(1.0);
        let start = (self.keep_off(from) / length).min(0.45);
        let end = 1.0 - (self.keep_off(to) / length).min(0.45);
        (start, end)
    }
}

/// Where a server stands on a circle of radius 1 around the origin.
fn place_on_ring(k: usize, n: usize) -> Point {
    let first = if n == 2 { 0.75 } else { 0.0 };
    Point::around(first + k as f64 / n.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(width: f64, height: f64) -> Room {
        Room {
            width,
            height,
            top: 20.0,
            bottom: 20.0,
        }
    }

    #[test]
    fn everything_stays_on_the_stage_and_apart() {
        for (width, height) in [
            (760.0, 620.0),
            (390.0, 380.0),
            (1000.0, 420.0),
            (360.0, 560.0),
        ] {
            for n in (1..=9).chain([25, 100]) {
                let layout = Layout::new(room(width, height), n);
                assert_eq!(layout.nodes.len(), n);
                for (k, p) in layout.nodes.iter().enumerate() {
                    let case = format!("{k} of {n} on {width}×{height}: {p:?}");
                    assert!(
                        p.x >= layout.timer_r && p.x <= width - layout.timer_r,
                        "{case}"
                    );
                    assert!(
                        p.y >= layout.timer_r && p.y <= height - layout.timer_r,
                        "{case}"
                    );
                    for q in &layout.nodes[..k] {
                        assert!(p.distance(*q) > 2.0 * layout.node_r, "{case}");
                    }
                    if n > 1 {
                        assert!(p.distance(layout.centre) > layout.node_r + 20.0, "{case}");
                    }
                }
            }
        }
    }

    #[test]
    fn logs_of_nine_do_not_reach_their_neighbours_discs_on_a_phone() {
        let layout = Layout::new(room(390.0, 400.0), 9);
        for (k, p) in layout.nodes.iter().enumerate() {
            let log = Point::new(p.x, p.y + layout.log_y + layout.square);
            for (other, q) in layout.nodes.iter().enumerate() {
                assert!(
                    k == other || log.distance(*q) > layout.node_r,
                    "{k} over {other}"
                );
            }
        }
    }

    #[test]
    fn the_field_holds_every_way() {
        let layout = Layout::new(room(760.0, 620.0), 6);
        let (corner, width, height) = layout.field();
        for i in 0..6 {
            for j in (0..6).filter(|j| *j != i) {
                let end = |k| Endpoint::Server(NodeId(k));
                let path = layout.path(end(i), end(j));
                let p = path.beside(0.9, layout.lane());
                assert!(p.x - corner.x > layout.tile() && p.x < corner.x + width - layout.tile());
                assert!(p.y - corner.y > layout.tile() && p.y < corner.y + height - layout.tile());
            }
        }
    }

    #[test]
    fn the_first_server_stands_at_the_top_and_the_ring_runs_clockwise() {
        let layout = Layout::new(room(760.0, 620.0), 5);
        let top = layout.nodes.iter().map(|p| p.y).fold(f64::MAX, f64::min);
        assert_eq!(layout.nodes[0].y, top);
        assert!(layout.nodes[1].x > layout.centre.x);
    }

    #[test]
    fn opposite_servers_talk_around_the_clients() {
        let layout = Layout::new(room(760.0, 620.0), 4);
        let (a, b) = (Endpoint::Server(NodeId(0)), Endpoint::Server(NodeId(2)));
        let path = layout.path(a, b);
        assert!(path.distance(layout.centre) > layout.clients_r);
        assert_eq!(path.at(0.5), layout.path(b, a).at(0.5));
        assert!(layout.path(a, Endpoint::Server(NodeId(1))).is_straight());
    }
}
