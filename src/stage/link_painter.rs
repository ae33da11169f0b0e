//! Draws links, the sides of a partition, and the bands that join gathering quorums.

use super::svg::{add, clear, number, path, set, set_number};
use crate::palette;
use synod_protocols::{NodeId, NodeSet};
use synod_scene::{Hit, Layout, LinkFigure, NodeFigure, Path, Point, Share, hull};
use web_sys::Element;

/// The groups behind the messages, and what they show.
pub struct LinkPainter {
    sides: Element,
    bands: Element,
    lens: Element,
    links: Element,
    shown_sides: Vec<NodeSet>,
    /// Per node, what its band joins and in which colour.
    shown_bands: Vec<(Element, NodeSet, &'static str)>,
    lines: Vec<Line>,
    lit: Option<Hit>,
    /// The two quorums that the lens compares.
    shown_lens: Option<[NodeSet; 2]>,
}

/// One link's elements.
struct Line {
    figure: LinkFigure,
    line: Element,
    /// What is written on the link.
    sign: Element,
}

impl LinkPainter {
    /// Fills the empty back of the stage.
    pub fn new(back: &Element) -> LinkPainter {
        clear(back);
        let group = |class| add(back, "g", &[("class", class)]);
        LinkPainter {
            sides: group("sides"),
            bands: group("bands"),
            links: group("links"),
            lens: group("lens"),
            shown_sides: Vec::new(),
            shown_bands: Vec::new(),
            lines: Vec::new(),
            lit: None,
            shown_lens: None,
        }
    }

    /// Forgets what was drawn: the layout has changed.
    pub fn reset(&mut self) {
        for group in [&self.sides, &self.bands, &self.links, &self.lens] {
            clear(group);
        }
        self.shown_sides.clear();
        self.shown_bands.clear();
        self.lines.clear();
        self.shown_lens = None;
    }

    /// Shows the links; `lit` is what the pointer is over or the reader has chosen.
    pub fn show_links(&mut self, layout: &Layout, figures: &[LinkFigure], lit: Option<Hit>) {
        let lit_before = self.lit.take();
        self.lit = lit;
        while self.lines.len() > figures.len() {
            if let Some(last) = self.lines.pop() {
                last.line.remove();
                last.sign.remove();
            }
        }
        for (k, figure) in figures.iter().enumerate() {
            if k == self.lines.len() {
                let line = add(&self.links, "path", &[("fill", "none")]);
                let sign = add(&self.links, "g", &[("class", "sign")]);
                self.lines.push(Line {
                    figure: *figure,
                    line,
                    sign,
                });
                self.draw_line(layout, k, figure);
            } else if self.lines[k].figure != *figure {
                self.draw_line(layout, k, figure);
            } else if is(lit_before, figure) != is(lit, figure) {
                set(
                    &self.lines[k].line,
                    "class",
                    &link_class(figure, is(lit, figure)),
                );
            }
        }
    }

    fn draw_line(&mut self, layout: &Layout, k: usize, figure: &LinkFigure) {
        let way = layout.path(figure.from, figure.to);
        let line = &mut self.lines[k];
        line.figure = *figure;
        set(
            &line.line,
            "class",
            &link_class(figure, is(self.lit, figure)),
        );
        set(&line.line, "d", &curve(&way));
        clear(&line.sign);
        draw_sign(&line.sign, figure, &way);
    }

    /// Tints the sides if the cuts make more than one.
    pub fn show_sides(&mut self, layout: &Layout, sides: &[NodeSet]) {
        let sides = if sides.len() > 1 { sides } else { &[] };
        if self.shown_sides == sides {
            return;
        }
        self.shown_sides = sides.to_vec();
        clear(&self.sides);
        for (k, side) in sides.iter().enumerate() {
            let class = ["side side-", &(k % 4).to_string()].concat();
            let element = add(&self.sides, "path", &[("class", &class)]);
            set_number(&element, "stroke-width", 2.0 * (layout.timer_r + 14.0));
            set(&element, "d", &around(layout, *side));
        }
    }

    /// Draws the two quorums that the lens compares, and rings the servers in both.
    pub fn show_lens(&mut self, layout: &Layout, pair: Option<[NodeSet; 2]>) {
        if self.shown_lens == pair {
            return;
        }
        self.shown_lens = pair;
        clear(&self.lens);
        let Some([first, second]) = pair else { return };
        for (nodes, look, beyond) in [(first, "first", 9.0), (second, "second", 15.0)] {
            let class = ["lens-outline ", look].concat();
            let element = add(&self.lens, "path", &[("class", &class)]);
            set(
                &element,
                "d",
                &outline(layout, nodes, layout.timer_r + beyond),
            );
        }
        for node in first.intersection(second).iter() {
            let at = layout.node(node);
            for beyond in [4.0, 7.5] {
                let ring = add(&self.lens, "circle", &[("class", "lens-both")]);
                set_number(&ring, "cx", at.x);
                set_number(&ring, "cy", at.y);
                set_number(&ring, "r", layout.timer_r + beyond);
            }
        }
    }

    /// Joins each node with those whose votes or acknowledgements it has.
    pub fn show_band(&mut self, layout: &Layout, figure: &NodeFigure) {
        while self.shown_bands.len() <= figure.node.index() {
            let element = add(&self.bands, "path", &[("class", "band")]);
            set_number(&element, "stroke-width", 2.0 * (layout.timer_r + 3.0));
            self.shown_bands.push((element, NodeSet::EMPTY, ""));
        }
        let slot = palette::slot(figure.epoch);
        let joined = figure.gathering.map_or(NodeSet::EMPTY, |tally| tally.have);
        // A node alone is no band.
        let joined = if joined.len() > 1 {
            joined
        } else {
            NodeSet::EMPTY
        };
        let (element, shown, shown_slot) = &mut self.shown_bands[figure.node.index()];
        if *shown == joined && (*shown_slot == slot || joined.is_empty()) {
            return;
        }
        *shown = joined;
        if joined.is_empty() {
            // It keeps its shape and fades.
            set(element, "class", &["band ", shown_slot].concat());
        } else {
            *shown_slot = slot;
            set(element, "class", &["band on ", slot].concat());
            set(element, "d", &around(layout, joined));
        }
    }
}

fn is(lit: Option<Hit>, figure: &LinkFigure) -> bool {
    matches!(lit, Some(Hit::Link(from, to)) if (from, to) == (figure.from, figure.to)
        || (to, from) == (figure.from, figure.to))
}

fn link_class(figure: &LinkFigure, lit: bool) -> String {
    let cut = match figure.cut {
        Share::Neither => "",
        Share::Both => " cut",
        Share::Forth | Share::Back => " half-cut",
    };
    let lossy = if figure.lossy.any() { " lossy" } else { "" };
    let slow = if figure.slow.any() { " slow" } else { "" };
    ["link", cut, lossy, slow, if lit { " lit" } else { "" }].concat()
}

/// What a link says of itself: a bar across each direction that is cut, and words for the rest.
fn draw_sign(sign: &Element, figure: &LinkFigure, way: &Path) {
    let words = match (figure.lossy.any(), figure.slow.any()) {
        (false, false) => "",
        (true, false) => "stage.link.lossy",
        (false, true) => "stage.link.slow",
        (true, true) => "stage.link.lossy_slow",
    };
    if !words.is_empty() {
        let at = way.at(0.5);
        let text = add(
            sign,
            "text",
            &[("x", &number(at.x)), ("y", &number(at.y + 4.0))],
        );
        text.set_text_content(Some(crate::text::t(words)));
    }
    match figure.cut {
        Share::Neither | Share::Both => {}
        Share::Forth => draw_stop(sign, way),
        Share::Back => draw_stop(sign, &way.reversed()),
    }
}

/// An arrow against a bar: nothing passes in this direction.
fn draw_stop(sign: &Element, way: &Path) {
    let share = 0.64;
    let (at, ahead) = (way.at(share), way.heading(share));
    let corner = |along: f64, aside: f64| {
        let p = at.moved(ahead, along).moved(ahead.right(), aside);
        [p.x, p.y]
    };
    let group = add(sign, "g", &[("class", "stop")]);
    let circle = [("cx", &*number(at.x)), ("cy", &*number(at.y)), ("r", "11")];
    add(&group, "circle", &circle);
    let arrow = path(&[
        ("M", &corner(-7.0, 0.0)),
        ("L", &corner(1.5, 0.0)),
        ("M", &corner(-2.0, -3.5)),
        ("L", &corner(1.5, 0.0)),
        ("L", &corner(-2.0, 3.5)),
        ("M", &corner(5.5, -6.0)),
        ("L", &corner(5.5, 6.0)),
    ]);
    add(&group, "path", &[("d", &arrow)]);
}

/// A path's line.
fn curve(way: &Path) -> String {
    let Path { a, control, b } = *way;
    if way.is_straight() {
        return path(&[("M", &[a.x, a.y]), ("L", &[b.x, b.y])]);
    }
    path(&[("M", &[a.x, a.y]), ("Q", &[control.x, control.y, b.x, b.y])])
}

/// A line around nodes that keeps a distance from each.
fn outline(layout: &Layout, nodes: NodeSet, distance: f64) -> String {
    let places: Vec<Point> = nodes.iter().map(|node: NodeId| layout.node(node)).collect();
    let corners = hull(&places);
    let mut text = String::new();
    let round = |text: &mut String, to: Point| {
        text.push_str(&path(&[(
            "A",
            &[distance, distance, 0.0, 0.0, 1.0, to.x, to.y],
        )]));
    };
    if let [only] = corners[..] {
        let (left, right) = (only.x - distance, only.x + distance);
        text.push_str(&path(&[("M", &[left, only.y])]));
        round(&mut text, Point::new(right, only.y));
        round(&mut text, Point::new(left, only.y));
        return text;
    }
    // Each side is moved outwards, and the corners are rounded off between them.
    for (k, corner) in corners.iter().enumerate() {
        let next = corners[(k + 1) % corners.len()];
        let out = corner.heading(next).right();
        let (from, to) = (corner.moved(out, -distance), next.moved(out, -distance));
        if k == 0 {
            text.push_str(&path(&[("M", &[from.x, from.y])]));
        } else {
            round(&mut text, from);
        }
        text.push_str(&path(&[("L", &[to.x, to.y])]));
    }
    if let (Some(first), Some(next)) = (corners.first(), corners.get(1)) {
        let out = first.heading(*next).right();
        round(&mut text, first.moved(out, -distance));
    }
    text
}

/// A shape around nodes; a broad stroke rounds it off.
fn around(layout: &Layout, nodes: NodeSet) -> String {
    let places: Vec<Point> = nodes.iter().map(|node: NodeId| layout.node(node)).collect();
    let corners = hull(&places);
    let mut text = String::new();
    for (k, corner) in corners.iter().enumerate() {
        text.push_str(&path(&[(
            if k == 0 { "M" } else { "L" },
            &[corner.x, corner.y],
        )]));
    }
    // A stroke of no length would have no round ends.
    text.push_str(if corners.len() == 1 { "h0.1" } else { "Z" });
    text
}
