//! Two quorums on a small ring of servers: where they meet, and where they do not.

use crate::stage::svg::number;
use synod_protocols::{NodeId, NodeSet};
use synod_scene::geometry::Point;
use yew::prelude::*;

/// From how many servers on their names have no room.
const NAMELESS: usize = 12;

/// The servers that count on a ring: those of the one quorum in solid rings, those of the other
/// in dashed ones, so that a shared server has both.
///
/// It says nothing that the words beside it do not say, and so is hidden from those who cannot
/// see it.
pub fn ring(members: NodeSet, one: NodeSet, two: NodeSet) -> Html {
    let n = members.len().max(1);
    let small = n >= NAMELESS;
    // Neighbours do not touch, even where both have two rings.
    let (orbit, dot, step) = match n {
        ..8 => (36.0, 6.5, 3.2),
        8..NAMELESS => (38.0, 5.4, 2.4),
        _ => (40.0, 2.5, 1.8),
    };
    let server = |(place, node): (usize, NodeId)| {
        let centre = Point::new(50.0, 50.0);
        let at = centre.moved(Point::around(place as f64 / n as f64), orbit);
        let (x, y) = (number(at.x), number(at.y));
        let circle = |class: &'static str, r: f64| {
            let (x, y) = (x.clone(), y.clone());
            view! { <circle key={class} class={class} cx={x} cy={y} r={number(r)} /> }
        };
        let is_of = |quorum: NodeSet| quorum.contains(node);
        let shared = is_of(one) && is_of(two);
        let mut marks = vec![circle(if shared { "dot shared" } else { "dot" }, dot)];
        if is_of(one) {
            marks.push(circle("one", dot + step));
        }
        if is_of(two) {
            marks.push(circle("two", dot + 2.0 * step));
        }
        let name = if small {
            String::new()
        } else {
            (node.index() + 1).to_string()
        };
        let class = if shared { "meets" } else { "apart" };
        view! {
            <g key={node.index().to_string()} class={class}>
                { for marks }
                <text x={x} y={y} dy="2.8">{ name }</text>
            </g>
        }
    };
    view! {
        <svg class="ring" viewBox="0 0 100 100" aria-hidden="true">
            { for members.iter().enumerate().map(server) }
        </svg>
    }
}
