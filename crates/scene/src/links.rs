//! What links look like, and the sides into which cuts divide the servers.

use synod_protocols::{NodeId, NodeSet};
use synod_sim::{Endpoint, LinkView, Status, View};

/// How much of a link is meant: one direction, both, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    #[default]
    Neither,
    /// From the first named end to the second.
    Forth,
    Back,
    Both,
}

impl Share {
    fn of(forth: bool, back: bool) -> Share {
        match (forth, back) {
            (false, false) => Share::Neither,
            (true, false) => Share::Forth,
            (false, true) => Share::Back,
            (true, true) => Share::Both,
        }
    }

    pub fn any(self) -> bool {
        self != Share::Neither
    }
}

/// A link, both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkFigure {
    pub from: Endpoint,
    pub to: Endpoint,
    pub cut: Share,
    /// Loses messages by chance more than the network's settings say.
    pub lossy: Share,
    /// Slower than the network's settings say.
    pub slow: Share,
}

impl LinkFigure {
    /// Whether nothing is wrong with the link.
    pub fn is_sound(&self) -> bool {
        !self.cut.any() && !self.lossy.any() && !self.slow.any()
    }
}

/// What a link looks like.
pub fn link_figure(view: &dyn View, from: Endpoint, to: Endpoint) -> LinkFigure {
    let network = view.scenario().network;
    let (forth, back) = (view.link(from, to), view.link(to, from));
    let lossy = |link: &LinkView| link.loss.0 > network.loss.0;
    let slow = |link: &LinkView| link.latency.max_us > network.latency.max_us;
    LinkFigure {
        from,
        to,
        cut: Share::of(forth.cut, back.cut),
        lossy: Share::of(lossy(&forth), lossy(&back)),
        slow: Share::of(slow(&forth), slow(&back)),
    }
}

/// Every link between servers, and of the clients' links those with which something is wrong.
pub fn link_figures(view: &dyn View, out: &mut Vec<LinkFigure>) {
    out.clear();
    let n = view.scenario().nodes;
    for i in 0..n {
        let from = Endpoint::Server(NodeId::at(i));
        for j in i + 1..n {
            out.push(link_figure(view, from, Endpoint::Server(NodeId::at(j))));
        }
    }
    for i in 0..n {
        let figure = link_figure(view, Endpoint::Clients, Endpoint::Server(NodeId::at(i)));
        if !figure.is_sound() {
            out.push(figure);
        }
    }
}

/// The groups of live servers that can still reach one another, one way at least and perhaps over
/// others; in the order of their first member.
pub fn sides(view: &dyn View) -> Vec<NodeSet> {
    let live: NodeSet = (0..view.scenario().nodes)
        .map(NodeId::at)
        .filter(|node| view.status(*node) != Status::Crashed)
        .collect();
    components(live, |a, b| {
        let cut = |from, to| view.link(Endpoint::Server(from), Endpoint::Server(to)).cut;
        !(cut(a, b) && cut(b, a))
    })
}

fn components(nodes: NodeSet, joined: impl Fn(NodeId, NodeId) -> bool) -> Vec<NodeSet> {
    let mut rest = nodes;
    let mut found = Vec::new();
    while let Some(first) = rest.iter().next() {
        let mut side = NodeSet::only(first);
        let mut frontier = vec![first];
        while let Some(node) = frontier.pop() {
            for other in rest.minus(side).iter() {
                if joined(node, other) {
                    side.insert(other);
                    frontier.push(other);
                }
            }
        }
        rest = rest.minus(side);
        found.push(side);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_what_links_still_join() {
        let sides = components(NodeSet::first(6), |a, b| a.0 / 2 == b.0 / 2);
        assert_eq!(sides.len(), 3);
        assert_eq!(sides[1].to_string(), "S3, S4");
        let chain = components(NodeSet::first(5), |a, b| a.0.abs_diff(b.0) == 1);
        assert_eq!(chain, vec![NodeSet::first(5)]);
        assert!(components(NodeSet::EMPTY, |_, _| true).is_empty());
    }

    #[test]
    fn shares_name_directions() {
        assert_eq!(Share::of(true, false), Share::Forth);
        assert_eq!(Share::of(false, true), Share::Back);
        assert!(!Share::of(false, false).any());
    }
}
