//! What lies under the pointer.

use crate::geometry::Point;
use crate::layout::Layout;
use crate::tiles::Tile;
use synod_protocols::NodeId;
use synod_sim::Endpoint;

/// Something on the stage that can be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    Node(NodeId),
    Clients,
    Link(Endpoint, Endpoint),
    /// A message in flight, by its number.
    Message(u64),
}

/// How near the pointer must come, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    pub message: f64,
    /// Beyond a node's radius.
    pub node: f64,
    pub link: f64,
}

impl Reach {
    pub const MOUSE: Reach = Reach {
        message: 14.0,
        node: 6.0,
        link: 9.0,
    };
    pub const TOUCH: Reach = Reach {
        message: 24.0,
        node: 12.0,
        link: 18.0,
    };
}

/// The nearest thing within reach: a node's own disc first, then messages, nodes, links.
///
/// Links between servers alone can be pressed; those of the clients have their place in menus.
pub fn hit(layout: &Layout, tiles: &[Tile], at: Point, reach: Reach) -> Option<Hit> {
    if let Some(node) = nearest_node(layout, at, layout.node_r) {
        return Some(Hit::Node(node));
    }
    let message = tiles
        .iter()
        .map(|tile| (tile.id, tile.at.distance(at)))
        .filter(|(_, distance)| *distance <= reach.message)
        .min_by(|p, q| p.1.total_cmp(&q.1));
    if let Some((id, _)) = message {
        return Some(Hit::Message(id));
    }
    if let Some(node) = nearest_node(layout, at, layout.timer_r + reach.node) {
        return Some(Hit::Node(node));
    }
    if layout.centre.distance(at) <= layout.clients_r {
        return Some(Hit::Clients);
    }
    nearest_link(layout, at, reach.link).map(|(from, to)| Hit::Link(from, to))
}

fn nearest_node(layout: &Layout, at: Point, within: f64) -> Option<NodeId> {
    let distances = layout
        .nodes
        .iter()
        .enumerate()
        .map(|(k, p)| (k, p.distance(at)));
    distances
        .filter(|(_, distance)| *distance <= within)
        .min_by(|p, q| p.1.total_cmp(&q.1))
        .map(|(k, _)| NodeId::at(k))
}

fn nearest_link(layout: &Layout, at: Point, within: f64) -> Option<(Endpoint, Endpoint)> {
    let n = layout.nodes.len();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (NodeId::at(i), NodeId::at(j))));
    pairs
        .map(|(i, j)| (Endpoint::Server(i), Endpoint::Server(j)))
        .map(|(from, to)| ((from, to), layout.path(from, to).distance(at)))
        .filter(|(_, distance)| *distance <= within)
        .min_by(|p, q| p.1.total_cmp(&q.1))
        .map(|(link, _)| link)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Room;
    use crate::tiles::Motion;

    fn layout() -> Layout {
        Layout::new(
            Room {
                width: 700.0,
                height: 600.0,
                top: 0.0,
                bottom: 0.0,
            },
            5,
        )
    }

    fn tile(id: u64, at: Point) -> Tile {
        Tile {
            id,
            from: Endpoint::Server(NodeId(0)),
            to: Endpoint::Server(NodeId(1)),
            kind: 0,
            epoch: 1,
            reply: false,
            quiet: false,
            at,
            heading: Point::default(),
            motion: Motion::Flying,
            opacity: 1.0,
        }
    }

    #[test]
    fn the_nearest_wins() {
        let layout = layout();
        let middle = layout.nodes[0].toward(layout.nodes[1], 0.5);
        let tiles = [
            tile(1, middle),
            tile(2, Point::new(middle.x + 8.0, middle.y)),
        ];
        let check = |at: Point, expect: Option<Hit>| {
            assert_eq!(hit(&layout, &tiles, at, Reach::MOUSE), expect, "{at:?}");
        };
        check(Point::new(middle.x + 7.0, middle.y), Some(Hit::Message(2)));
        check(middle, Some(Hit::Message(1)));
        check(layout.nodes[3], Some(Hit::Node(NodeId(3))));
        check(layout.centre, Some(Hit::Clients));
        check(Point::new(2.0, 2.0), None);
        let link = layout.nodes[2].toward(layout.nodes[3], 0.4);
        let ends = (Endpoint::Server(NodeId(2)), Endpoint::Server(NodeId(3)));
        check(
            Point::new(link.x, link.y + 4.0),
            Some(Hit::Link(ends.0, ends.1)),
        );
    }

    #[test]
    fn a_finger_reaches_further_than_a_mouse() {
        let layout = layout();
        let middle = layout.nodes[0].toward(layout.nodes[1], 0.5);
        let tiles = [tile(1, middle)];
        let beside = Point::new(middle.x + 20.0, middle.y);
        assert_eq!(
            hit(&layout, &tiles, beside, Reach::TOUCH),
            Some(Hit::Message(1))
        );
        assert_ne!(
            hit(&layout, &tiles, beside, Reach::MOUSE),
            Some(Hit::Message(1))
        );
    }
}
