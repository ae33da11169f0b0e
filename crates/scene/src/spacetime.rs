//! The space-time diagram: a lane a process, time to the right, messages as slanted lines
//! (Lamport 1978, figure 1, turned on its side).

use crate::geometry::Point;
use crate::shapes::{Anchor, Form, Ink, Shape};
use crate::span::{Span, tick_text};
use std::collections::BTreeSet;
use synod_protocols::describe::Traffic;
use synod_protocols::{Micros, NodeId};
use synod_sim::history::{Cone, Index, Marks, Row, Stretch, What};
use synod_sim::{Endpoint, Flight, MessageInfo, Status, View};

/// From how many rows on heartbeats are left out, so that the rest can be seen.
const CROWD: usize = 4_000;
/// How many events after the window are looked at for messages that left within it.
const AHEAD: u64 = 4_000;
/// How wide the names of the lanes are.
pub const NAMES: f64 = 58.0;
/// How high the axis is.
const AXIS: f64 = 20.0;
/// How near a touch must be to an event, in pixels.
const NEAR: f64 = 14.0;

/// What a diagram shows.
pub struct Diagram<'a> {
    pub run: &'a dyn View,
    pub index: &'a Index,
    pub span: Span,
    pub height: f64,
    /// The event up to which the page has come; what comes after it is fainter.
    pub position: u64,
    pub now_us: Micros,
    /// An event whose causal past and future are lit.
    pub chosen: Option<u64>,
}

/// What is to be drawn, and where its events are.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    pub shapes: Vec<Shape>,
    /// Where each visible event is, in the order of events.
    pub places: Vec<(Point, u64)>,
    /// Whether heartbeats were left out because there was too much to draw.
    pub thinned: bool,
}

impl Drawing {
    /// The event nearest to a point, if one is near enough.
    pub fn hit(&self, at: Point) -> Option<u64> {
        let near = self
            .places
            .iter()
            .map(|(place, event)| (place.distance(at), event));
        near.filter(|(distance, _)| *distance <= NEAR)
            .min_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(_, event)| *event)
    }
}

/// Shapes that look alike beside one another, so that they can be painted at once; the strongest
/// come last, and so lie above.
fn grouped(mut shapes: Vec<Shape>) -> Vec<Shape> {
    let thousandths = |value: f64| (value * 1_000.0) as i64;
    shapes.sort_by_key(|shape| {
        let ink = |ink: Option<Ink>| ink.map_or(0, Ink::rank);
        let text = matches!(shape.form, Form::Text { .. });
        let look = (ink(shape.fill), ink(shape.stroke), thousandths(shape.width));
        (
            thousandths(shape.alpha),
            text,
            look,
            thousandths(shape.dash),
        )
    });
    shapes
}

impl Diagram<'_> {
    /// Everything to draw, in order.
    pub fn draw(&self) -> Drawing {
        let mut drawing = Drawing::default();
        let first = self.index.at_time(self.span.from_us.saturating_sub(1)) + 1;
        let last = self.index.at_time(self.span.to_us);
        let cone = self
            .chosen
            .map(|event| self.index.cone(event, first..last + 1));
        drawing.thinned = last.saturating_sub(first) as usize > CROWD;
        self.draw_grid(&mut drawing.shapes);
        self.draw_lanes(&mut drawing.shapes);
        let mut lines = Vec::new();
        let mut taken = BTreeSet::new();
        for row in self.index.rows(first..last + 1 + AHEAD) {
            let shown = !drawing.thinned || !self.is_heartbeat(&row);
            if row.peer.is_some() && shown {
                self.draw_message(&row, cone.as_ref(), &mut lines, &mut taken);
            }
        }
        if self.position == self.index.len() {
            self.draw_flights(&mut lines);
        }
        drawing.shapes.extend(grouped(lines));
        let mut dots = Vec::new();
        let mut taken = BTreeSet::new();
        for row in self.index.rows(first..last + 1) {
            if drawing.thinned && self.is_heartbeat(&row) {
                continue;
            }
            let y = row.lane.map_or(7.0, |lane| self.lane_y(lane));
            let at = Point::new(self.span.x(row.time_us), y);
            drawing.places.push((at, row.event));
            // Of many ordinary events on a pixel of a lane one is drawn.
            let plain = row.marks == Marks::NONE && self.chosen != Some(row.event);
            if !plain || taken.insert((at.x as i64, y as i64)) {
                self.draw_event(&row, at, cone.as_ref(), &mut dots);
            }
        }
        drawing.shapes.extend(grouped(dots));
        self.draw_now(&mut drawing.shapes);
        self.draw_names(&mut drawing.shapes);
        drawing
    }

    fn lanes(&self) -> usize {
        let clients = usize::from(!self.run.clients().is_empty());
        self.run.scenario().nodes + clients
    }

    /// The middle of a lane; the clients' is the last.
    pub fn lane_y(&self, lane: Endpoint) -> f64 {
        let nodes = self.run.scenario().nodes;
        let position = lane.server().map_or(nodes, NodeId::index);
        let top = 12.0;
        let high = (self.height - AXIS - top) / self.lanes().max(1) as f64;
        top + high * (position as f64 + 0.5)
    }

    fn draw_grid(&self, shapes: &mut Vec<Shape>) {
        let foot = self.height - AXIS;
        for time in self.span.ticks(90.0) {
            let x = self.span.x(time);
            let line = Shape::line(Point::new(x, 0.0), Point::new(x, foot));
            shapes.push(line.stroke(Ink::Rule, 1.0));
            let at = Point::new(x, foot + 13.0);
            let anchor = if x > self.span.right - 24.0 {
                Anchor::End
            } else if x < self.span.left + 16.0 {
                Anchor::Start
            } else {
                Anchor::Middle
            };
            shapes.push(Shape::text(at, tick_text(time), 10.0, anchor));
        }
    }

    /// What each server was, as bands: the fill tells its epoch, a double height its leadership; a
    /// crash is a gap, a pause a broken line.
    fn draw_lanes(&self, shapes: &mut Vec<Shape>) {
        let nodes = self.run.scenario().nodes;
        let mut open: Vec<Option<Stretch>> = vec![None; nodes];
        let end = self.index.end_us().max(self.now_us);
        for stretch in self.index.stretches() {
            if stretch.time_us > self.span.to_us {
                break;
            }
            let at = stretch.node.index();
            if let Some(old) = open[at].replace(*stretch) {
                self.draw_stretch(&old, stretch.time_us, shapes);
            }
        }
        for stretch in open.iter().flatten() {
            self.draw_stretch(stretch, end, shapes);
        }
        if self.lanes() > nodes {
            let y = self.lane_y(Endpoint::Clients);
            let line = Shape::line(
                Point::new(self.span.left, y),
                Point::new(self.span.right, y),
            );
            shapes.push(line.stroke(Ink::Edge, 1.0));
        }
    }

    fn draw_stretch(&self, stretch: &Stretch, until_us: Micros, shapes: &mut Vec<Shape>) {
        let from = self.span.x(stretch.time_us).max(self.span.left);
        let to = self.span.x(until_us).min(self.span.right);
        if to <= from {
            return;
        }
        let y = self.lane_y(Endpoint::Server(stretch.node));
        let line = || Shape::line(Point::new(from, y), Point::new(to, y));
        match stretch.status {
            Status::Crashed => shapes.push(line().stroke(Ink::Edge, 1.0).dash(2.0)),
            status => {
                let half = if stretch.leading { 7.0 } else { 3.5 };
                let band = Shape::rect(from, y - half, to - from, 2.0 * half);
                shapes.push(band.fill(Ink::Fill(stretch.epoch)));
                let spine = line().stroke(Ink::Epoch(stretch.epoch), 1.4);
                let dash = if status == Status::Paused { 6.0 } else { 0.0 };
                shapes.push(spine.dash(dash));
            }
        }
    }

    fn is_heartbeat(&self, row: &Row) -> bool {
        let kinds = self.run.about().kinds;
        match row.what {
            What::Delivered | What::Lost | What::Queued | What::Stalled => kinds
                .get(usize::from(row.detail))
                .is_some_and(|kind| kind.traffic == Traffic::Heartbeat),
            _ => false,
        }
    }

    /// How strongly something of an event is drawn.
    fn alpha(&self, event: u64, cone: Option<&Cone>) -> f64 {
        let lit = match (cone, self.chosen) {
            (Some(cone), Some(chosen)) => {
                let within = event == chosen || cone.is_past(event) || cone.is_future(event);
                if within { 1.0 } else { 0.16 }
            }
            _ => 1.0,
        };
        if event > self.position {
            lit * 0.45
        } else {
            lit
        }
    }

    fn ink(&self, row: &Row) -> Ink {
        let kinds = self.run.about().kinds;
        match kinds.get(usize::from(row.detail)).map(|kind| kind.traffic) {
            Some(Traffic::Election) => Ink::Accent,
            Some(Traffic::Heartbeat) => Ink::Edge,
            Some(Traffic::Normal) => Ink::Ink,
            None => Ink::Muted,
        }
    }

    fn draw_message(
        &self,
        row: &Row,
        cone: Option<&Cone>,
        shapes: &mut Vec<Shape>,
        taken: &mut BTreeSet<[i64; 4]>,
    ) {
        let (Some(from), Some(to)) = (row.peer, row.lane) else {
            return;
        };
        let sent_us = row.cause.and_then(|cause| self.index.get(cause));
        let sent_us = sent_us.map_or(row.time_us, |sent| sent.time_us);
        if sent_us > self.span.to_us || row.time_us < self.span.from_us {
            return;
        }
        let start = Point::new(self.span.x(sent_us), self.lane_y(from));
        let mut end = Point::new(self.span.x(row.time_us), self.lane_y(to));
        let alpha = self.alpha(row.event, cone);
        let lost = row.what == What::Lost;
        // Lines that would fall on one another are drawn once, unless they stand out.
        let place = [start.x, start.y, end.x, end.y].map(|pixels| pixels as i64 / 2);
        if !lost && !taken.insert(place) && row.marks == Marks::NONE {
            return;
        }
        if lost {
            end.y = start.y + (end.y - start.y) * 0.75;
        }
        let ink = if lost { Ink::Bad } else { self.ink(row) };
        let line = Shape::line(start, end).stroke(ink, 1.1).alpha(alpha);
        let waits = matches!(row.what, What::Queued | What::Stalled);
        shapes.push(line.dash(if waits { 3.0 } else { 0.0 }));
        if lost {
            shapes.push(Shape::cross(end, 3.5).stroke(Ink::Bad, 1.6).alpha(alpha));
        }
    }

    /// Messages that are still under way end open, at the present moment.
    fn draw_flights(&self, shapes: &mut Vec<Shape>) {
        let mut flights: Vec<Flight> = Vec::new();
        self.run.flights(&mut flights);
        for flight in flights {
            let MessageInfo {
                from, to, sent_us, ..
            } = flight.info;
            if sent_us > self.span.to_us || !self.span.holds(self.now_us) {
                continue;
            }
            let whole = flight.due_us.saturating_sub(sent_us).max(1) as f64;
            let share = (self.now_us.saturating_sub(sent_us) as f64 / whole).min(0.94);
            let start = Point::new(self.span.x(sent_us), self.lane_y(from));
            let end = Point::new(
                self.span.x(self.now_us),
                start.y + (self.lane_y(to) - start.y) * share,
            );
            let line = Shape::line(start, end).stroke(Ink::Muted, 1.0);
            shapes.push(line.dash(2.5));
        }
    }

    fn draw_event(&self, row: &Row, at: Point, cone: Option<&Cone>, shapes: &mut Vec<Shape>) {
        let alpha = self.alpha(row.event, cone);
        let marks = row.marks;
        let dot = || Shape::circle(at, 2.2).fill(Ink::Ink);
        let shape = if marks.any(Marks::VIOLATION) {
            Shape::cross(at, 6.0).stroke(Ink::Bad, 2.6)
        } else if marks.any(Marks::ELECTION) {
            Shape::diamond(at, 7.0).fill(Ink::Accent)
        } else if marks.any(Marks::FAULT) {
            Shape::triangle(at, 6.0, true).fill(Ink::Bad)
        } else if marks.any(Marks::REPAIR) {
            Shape::triangle(at, 6.0, false)
                .fill(Ink::Paper)
                .stroke(Ink::Ok, 1.6)
        } else if marks.any(Marks::DECISION) {
            Shape::rect(at.x - 3.5, at.y - 3.5, 7.0, 7.0).fill(Ink::Ok)
        } else if marks.any(Marks::REFUSAL) {
            Shape::circle(at, 3.6)
                .fill(Ink::Paper)
                .stroke(Ink::Bad, 1.6)
        } else if marks.any(Marks::CAMPAIGN) {
            Shape::diamond(at, 5.5)
                .fill(Ink::Paper)
                .stroke(Ink::Accent, 1.6)
        } else if self.is_heartbeat(row) || matches!(row.what, What::Lost) {
            return;
        } else {
            dot()
        };
        shapes.push(shape.alpha(alpha));
        if self.chosen == Some(row.event) {
            shapes.push(Shape::circle(at, 10.0).stroke(Ink::Accent, 2.2));
        }
    }

    fn draw_now(&self, shapes: &mut Vec<Shape>) {
        if self.span.holds(self.now_us) {
            let x = self.span.x(self.now_us);
            let line = Shape::line(Point::new(x, 0.0), Point::new(x, self.height - AXIS));
            shapes.push(line.stroke(Ink::Ink, 1.4));
        }
    }

    /// The lanes' names, on paper so that nothing runs under them.
    fn draw_names(&self, shapes: &mut Vec<Shape>) {
        let cover = Shape::rect(0.0, 0.0, self.span.left - 4.0, self.height);
        shapes.push(cover.fill(Ink::Paper));
        let nodes = self.run.scenario().nodes;
        let servers = (0..nodes).map(|k| Endpoint::Server(NodeId::at(k)));
        let clients = (self.lanes() > nodes).then_some(Endpoint::Clients);
        for lane in servers.chain(clients) {
            let y = self.lane_y(lane) + 4.0;
            let (text, size) = match lane {
                Endpoint::Server(node) => (node.to_string(), 12.5),
                Endpoint::Clients => (lane.to_string(), 10.5),
            };
            let at = Point::new(self.span.left - 8.0, y);
            let name = Shape::text(at, text, size, Anchor::End).fill(Ink::Ink);
            shapes.push(name.bold());
        }
    }
}
