//! The stage at a moment as shapes: for a picture that is taken away, or printed in a book.

use crate::geometry::Point;
use crate::layout::{Density, Layout, Room};
use crate::links::link_figures;
use crate::nodes::{Badge, NodeFigure, node_figure, timer_arc};
use crate::shapes::{Anchor, Ink, Shape};
use crate::tiles::{Pace, Tile, tiles};
use synod_protocols::{Catalogue, MessageKind, NodeId, RingStyle};
use synod_sim::{Endpoint, MessageInfo, Status, View};

/// The stage as it is now, in a room of this width and height. Words come from the catalogue.
pub fn picture(view: &dyn View, width: f64, height: f64, words: &Catalogue) -> Vec<Shape> {
    let room = Room {
        width,
        height,
        top: 18.0,
        bottom: 44.0,
    };
    let picture = Picture {
        view,
        words,
        layout: Layout::new(room, view.scenario().nodes),
    };
    let mut shapes = vec![Shape::rect(0.0, 0.0, width, height).fill(Ink::Paper)];
    picture.draw_links(&mut shapes);
    picture.draw_clients(&mut shapes);
    for node in (0..view.scenario().nodes).map(NodeId::at) {
        picture.draw_node(node, &mut shapes);
    }
    picture.draw_messages(&mut shapes);
    picture.draw_legend(&mut shapes);
    shapes
}

struct Picture<'a> {
    view: &'a dyn View,
    words: &'a Catalogue,
    layout: Layout,
}

impl Picture<'_> {
    fn word(&self, group: &str, name: &str) -> String {
        let id = format!("{}.{group}.{name}", self.view.about().name);
        self.words.template(&id).unwrap_or(name).to_string()
    }

    fn draw_links(&self, shapes: &mut Vec<Shape>) {
        let mut figures = Vec::new();
        link_figures(self.view, &mut figures);
        for figure in figures {
            let path = self.layout.path(figure.from, figure.to);
            let (from, to) = self.layout.ends(figure.from, figure.to, &path);
            let points: Vec<Point> = (0..=16)
                .map(|k| path.at(from + (to - from) * f64::from(k) / 16.0))
                .collect();
            let line = Shape::path(points, false);
            if figure.cut.any() {
                shapes.push(line.stroke(Ink::Bad, 1.4).dash(5.0));
                shapes.push(Shape::cross(path.at(0.5), 5.0).stroke(Ink::Bad, 2.0));
            } else if figure.is_sound() {
                shapes.push(line.stroke(Ink::Rule, 1.3));
            } else {
                shapes.push(line.stroke(Ink::Edge, 1.6).dash(3.0));
            }
        }
    }

    fn draw_clients(&self, shapes: &mut Vec<Shape>) {
        if self.view.clients().is_empty() {
            return;
        }
        let at = self.layout.at(Endpoint::Clients);
        let screen = Shape::rect(at.x - 15.0, at.y - 13.0, 30.0, 20.0);
        shapes.push(screen.fill(Ink::Paper).stroke(Ink::Edge, 1.4));
        let foot = Shape::line(
            Point::new(at.x - 8.0, at.y + 11.0),
            Point::new(at.x + 8.0, at.y + 11.0),
        );
        shapes.push(foot.stroke(Ink::Edge, 1.4));
        let below = Point::new(at.x, at.y + 25.0);
        shapes.push(Shape::text(
            below,
            Endpoint::Clients.to_string(),
            11.0,
            Anchor::Middle,
        ));
    }

    fn draw_node(&self, node: NodeId, shapes: &mut Vec<Shape>) {
        let figure = node_figure(self.view, node);
        let at = self.layout.node(node);
        let r = self.layout.node_r;
        let down = figure.status == Status::Crashed;
        let ink = if down {
            Ink::Edge
        } else {
            Ink::Epoch(figure.epoch)
        };
        if let Some(arc) = timer_arc(self.view, node) {
            shapes.push(Shape::circle(at, self.layout.timer_r).stroke(Ink::Rule, 2.4));
            let steps = (arc.left * 60.0).ceil() as u32;
            let point = |k: u32| {
                let turned = Point::around(f64::from(k) / 60.0 * arc.left.min(1.0));
                let turned = if steps == 0 {
                    Point::around(0.0)
                } else {
                    turned
                };
                at.moved(turned, self.layout.timer_r)
            };
            shapes.push(Shape::path((0..=60).map(point).collect(), false).stroke(ink, 2.8));
        }
        let disc = Shape::circle(at, r);
        let disc = if down {
            disc.fill(Ink::Paper)
        } else {
            disc.fill(Ink::Fill(figure.epoch))
        };
        shapes.push(match figure.ring {
            _ if down => disc.stroke(Ink::Edge, 1.6).dash(3.0),
            RingStyle::Dashed => disc.stroke(ink, 2.2).dash(5.0),
            RingStyle::Single | RingStyle::Double => disc.stroke(ink, 1.8),
        });
        if figure.ring == RingStyle::Double && !down {
            shapes.push(Shape::circle(at, r - 4.5).stroke(ink, 1.4));
        }
        self.draw_words(&figure, at, ink, shapes);
        self.draw_log(&figure, at, shapes);
    }

    fn draw_words(&self, figure: &NodeFigure, at: Point, ink: Ink, shapes: &mut Vec<Shape>) {
        if self.layout.density == Density::Dots {
            return;
        }
        let name = Point::new(at.x, at.y + 2.0);
        let size = (self.layout.node_r * 0.5).max(11.0);
        let name = Shape::text(name, figure.node.to_string(), size, Anchor::Middle);
        shapes.push(name.fill(ink).bold());
        if figure.role.is_some() {
            let about = self.view.about();
            let epoch = self.word("epoch", about.epoch);
            let number = about.show_epoch(figure.epoch);
            let mut text = format!("{epoch} {number}");
            // A ballot has two numbers; its name stays out where the disc is too small for all.
            if text.chars().count() as f64 * 5.4 > 2.0 * self.layout.node_r {
                text = number;
            }
            let below = Point::new(at.x, at.y + 15.0);
            shapes.push(Shape::text(below, text, 10.5, Anchor::Middle).fill(ink));
        }
        let role = match figure.role {
            Some(role) => self.word("role", role),
            None => String::new(),
        };
        let label = Point::new(at.x, at.y + self.layout.label_y);
        let faults: Vec<&str> = figure
            .badges
            .iter()
            .map(|badge| self.badge(badge))
            .collect();
        let parts: Vec<&str> = std::iter::once(role.as_str())
            .chain(faults)
            .filter(|part| !part.is_empty())
            .collect();
        shapes.push(Shape::text(label, parts.join(" · "), 12.0, Anchor::Middle));
    }

    fn badge(&self, badge: &Badge) -> &'static str {
        let id = match badge {
            Badge::Crashed => "picture.crashed",
            Badge::Paused(_) => "picture.paused",
            Badge::CutOff => "picture.cut_off",
            Badge::SlowDisk => "picture.slow_disk",
            Badge::LyingDisk => "picture.lying_disk",
        };
        self.words.template(id).unwrap_or("")
    }

    fn draw_log(&self, figure: &NodeFigure, at: Point, shapes: &mut Vec<Shape>) {
        let (pitch, side) = (self.layout.pitch, self.layout.square);
        let count = figure.log.squares.len();
        if self.layout.density == Density::Dots || count == 0 {
            return;
        }
        let left = at.x - (count as f64 * pitch - (pitch - side)) / 2.0;
        let top = at.y + self.layout.log_y;
        for (k, square) in figure.log.squares.iter().enumerate() {
            let x = left + k as f64 * pitch;
            let shape = Shape::rect(x, top, side, side);
            if square.epoch == 0 {
                shapes.push(shape.stroke(Ink::Rule, 1.2));
                continue;
            }
            let shape = shape.stroke(Ink::Epoch(square.epoch), 1.2);
            shapes.push(if square.decided {
                shape.fill(Ink::Epoch(square.epoch))
            } else {
                shape.dash(2.5)
            });
        }
        if figure.log.hidden > 0 {
            let before = Point::new(left - 5.0, top + side - 2.0);
            let text = format!("{}…", figure.log.hidden);
            shapes.push(Shape::text(before, text, 10.0, Anchor::End));
        }
    }

    fn draw_messages(&self, shapes: &mut Vec<Shape>) {
        let (mut flights, mut flying) = (Vec::new(), Vec::new());
        self.view.flights(&mut flights);
        tiles(
            self.view.about(),
            &self.layout,
            self.view.now(),
            self.view.holding(),
            Pace::Glide,
            &flights,
            &mut flying,
        );
        for tile in &flying {
            self.draw_tile(tile, shapes);
        }
    }

    fn draw_tile(&self, tile: &Tile, shapes: &mut Vec<Shape>) {
        let half = self.layout.tile() / 2.0;
        let ink = if tile.epoch == 0 {
            Ink::Muted
        } else {
            Ink::Epoch(tile.epoch)
        };
        let tail = Shape::line(tile.at, tile.at.moved(tile.heading, -half * 2.4));
        shapes.push(tail.stroke(ink, 1.2).alpha(0.5 * tile.opacity));
        let kind = self.view.about().kinds.get(usize::from(tile.kind));
        let letter = match tile.kind {
            MessageInfo::REQUEST => self.words.template("picture.request").unwrap_or("?"),
            MessageInfo::REPLY => self.words.template("picture.reply").unwrap_or("!"),
            _ => kind.map_or("", |kind: &MessageKind| kind.letter),
        };
        let (shape, inner) = if tile.reply {
            (
                Shape::circle(tile.at, half)
                    .fill(Ink::Paper)
                    .stroke(ink, 1.4),
                ink,
            )
        } else {
            let corner = (tile.at.x - half, tile.at.y - half);
            let rect = Shape::rect(corner.0, corner.1, 2.0 * half, 2.0 * half);
            (rect.fill(ink), Ink::Paper)
        };
        shapes.push(shape.alpha(tile.opacity));
        let place = Point::new(tile.at.x, tile.at.y + half * 0.45);
        let text = Shape::text(place, letter, half * 1.25, Anchor::Middle).fill(inner);
        shapes.push(text.bold().alpha(tile.opacity));
    }

    /// The kinds of message, along the lower edge.
    fn draw_legend(&self, shapes: &mut Vec<Shape>) {
        let y = self.layout.room.height - 16.0;
        let mut x = 18.0;
        let kinds = self.view.about().kinds;
        for (kind, sent) in kinds.iter().zip(&self.view.counters().sent) {
            if *sent == 0 {
                continue;
            }
            let at = Point::new(x, y);
            let shape = if kind.reply {
                Shape::circle(at, 7.0)
                    .fill(Ink::Paper)
                    .stroke(Ink::Muted, 1.2)
            } else {
                Shape::rect(x - 7.0, y - 7.0, 14.0, 14.0).fill(Ink::Muted)
            };
            shapes.push(shape);
            let inner = if kind.reply { Ink::Muted } else { Ink::Paper };
            let letter = Point::new(x, y + 3.5);
            let letter = Shape::text(letter, kind.letter, 9.0, Anchor::Middle);
            shapes.push(letter.fill(inner).bold());
            let name = Point::new(x + 12.0, y + 4.0);
            shapes.push(Shape::text(name, kind.name, 11.0, Anchor::Start));
            x += 30.0 + kind.name.len() as f64 * 6.4;
            if x > self.layout.room.width - 90.0 {
                break;
            }
        }
    }
}
