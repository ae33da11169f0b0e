//! A line drawn across the stage, and the links that it cuts.

use crate::geometry::Point;
use crate::layout::Layout;
use synod_protocols::NodeId;
use synod_sim::{Endpoint, Pair};

/// The links between servers that a drawn line crosses, each once, both ways.
///
/// Clients' links are spared: whoever is on a server's side of the cut can still ask it.
pub fn crossed_links(layout: &Layout, line: &[Point]) -> Vec<Pair> {
    let n = layout.nodes.len();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (NodeId::at(i), NodeId::at(j))));
    pairs
        .map(|(i, j)| (Endpoint::Server(i), Endpoint::Server(j)))
        .filter(|(from, to)| {
            let path = layout.path(*from, *to);
            line.windows(2)
                .any(|piece| path.crosses(piece[0], piece[1]))
        })
        .map(|(from, to)| Pair {
            from,
            to,
            both: true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Room;

    fn ring(n: usize) -> Layout {
        Layout::new(
            Room {
                width: 700.0,
                height: 600.0,
                top: 0.0,
                bottom: 0.0,
            },
            n,
        )
    }

    /// A line from outside the ring, between two neighbours, through the middle and out again.
    fn slit(layout: &Layout, after: usize, until: usize) -> Vec<Point> {
        let gap = |k: usize| {
            let n = layout.nodes.len();
            let middle = layout.nodes[k].toward(layout.nodes[(k + 1) % n], 0.5);
            layout.centre.toward(middle, 1.6)
        };
        vec![gap(after), layout.centre, gap(until)]
    }

    #[test]
    fn a_cut_across_the_ring_separates_two_from_three() {
        let layout = ring(5);
        let links = crossed_links(&layout, &slit(&layout, 0, 2));
        assert_eq!(links.len(), 2 * 3);
        for link in links {
            let inside = |end: Endpoint| matches!(end.server(), Some(NodeId(1 | 2)));
            assert!(link.both && inside(link.from) != inside(link.to));
        }
    }

    #[test]
    fn two_cuts_make_three_sides_of_nine() {
        let layout = ring(9);
        let mut links = crossed_links(&layout, &slit(&layout, 2, 5));
        links.extend(crossed_links(&layout, &slit(&layout, 5, 8)));
        let side = |end: Endpoint| end.server().map(|node| node.0 / 3);
        for i in 0..9 {
            for j in i + 1..9 {
                let cut = links.iter().any(|link| {
                    link.from == Endpoint::Server(NodeId(i))
                        && link.to == Endpoint::Server(NodeId(j))
                });
                let apart = side(Endpoint::Server(NodeId(i))) != side(Endpoint::Server(NodeId(j)));
                assert_eq!(cut, apart, "{i} {j}");
            }
        }
    }

    #[test]
    fn a_line_beside_the_ring_cuts_nothing() {
        let layout = ring(5);
        let line = [Point::new(0.0, 0.0), Point::new(10.0, 600.0)];
        assert!(crossed_links(&layout, &line).is_empty());
        assert!(crossed_links(&layout, &[]).is_empty());
    }
}
