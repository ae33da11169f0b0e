//! The timeline: who led, what was decided, where things broke, and where one stands.

use crate::geometry::Point;
use crate::shapes::{Anchor, Ink, Shape};
use crate::span::{Span, tick_text};
use synod_protocols::Micros;
use synod_sim::Status;
use synod_sim::history::{Index, Marks, Row, Stretch};

/// The most marks that are drawn one by one; of more, each pixel shows one of a kind.
const MOST_MARKS: usize = 1_500;
/// How faint what lies after the present position is.
const FUTURE: f64 = 0.4;

/// What a timeline shows.
#[derive(Clone, Copy)]
pub struct Timeline<'a> {
    pub index: &'a Index,
    pub span: Span,
    pub height: f64,
    /// The moment that the page shows.
    pub now_us: Micros,
    /// Moments at which other branches leave this one.
    pub forks: &'a [Micros],
    /// The end of the branch, if the timeline shows only a part of it; then an overview runs along
    /// the upper edge.
    pub whole_us: Option<Micros>,
}

/// Who led from when to when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reign {
    pub epoch: u64,
    pub from_us: Micros,
    pub to_us: Micros,
}

/// The stretches during which some live server led, of the highest epoch where several did.
pub fn reigns(index: &Index, end_us: Micros) -> Vec<Reign> {
    let mut latest: Vec<Option<Stretch>> = Vec::new();
    let mut reigns: Vec<Reign> = Vec::new();
    for stretch in index.stretches() {
        let at = stretch.node.index();
        if latest.len() <= at {
            latest.resize(at + 1, None);
        }
        latest[at] = Some(*stretch);
        let leads = |stretch: &&Stretch| stretch.leading && stretch.status == Status::Up;
        let epoch = latest.iter().flatten().filter(leads).map(|s| s.epoch).max();
        let open = reigns.last_mut().filter(|last| last.to_us == Micros::MAX);
        match (open, epoch) {
            (Some(open), Some(epoch)) if open.epoch == epoch => continue,
            (Some(open), _) => open.to_us = stretch.time_us,
            (None, _) => {}
        }
        if let Some(epoch) = epoch {
            reigns.push(Reign {
                epoch,
                from_us: stretch.time_us,
                to_us: Micros::MAX,
            });
        }
    }
    for reign in &mut reigns {
        reign.to_us = reign.to_us.min(end_us);
    }
    reigns
}

impl Timeline<'_> {
    /// Everything to draw, in order.
    pub fn shapes(&self) -> Vec<Shape> {
        let mut shapes = Vec::new();
        self.draw_axis(&mut shapes);
        self.draw_density(&mut shapes);
        self.draw_reigns(&mut shapes);
        self.draw_marks(&mut shapes);
        self.draw_forks(&mut shapes);
        self.draw_playhead(&mut shapes);
        if let Some(end_us) = self.whole_us {
            self.draw_overview(end_us, &mut shapes);
        }
        shapes
    }

    fn base(&self) -> f64 {
        self.height - 16.0
    }

    fn alpha(&self, time_us: Micros) -> f64 {
        if time_us > self.now_us { FUTURE } else { 1.0 }
    }

    fn draw_axis(&self, shapes: &mut Vec<Shape>) {
        let base = self.base();
        let (left, right) = (self.span.left, self.span.right);
        let ends = (Point::new(left, base), Point::new(right, base));
        shapes.push(Shape::line(ends.0, ends.1).stroke(Ink::Edge, 1.0));
        for time in self.span.ticks(84.0) {
            let x = self.span.x(time);
            let (top, foot) = (Point::new(x, base), Point::new(x, base + 4.0));
            shapes.push(Shape::line(top, foot).stroke(Ink::Edge, 1.0));
            let anchor = if x < left + 16.0 {
                Anchor::Start
            } else if x > right - 24.0 {
                Anchor::End
            } else {
                Anchor::Middle
            };
            let at = Point::new(x, base + 14.0);
            shapes.push(Shape::text(at, tick_text(time), 10.0, anchor));
        }
    }

    /// How much happened when, as a faint silhouette.
    fn draw_density(&self, shapes: &mut Vec<Shape>) {
        const STEP: f64 = 4.0;
        let (left, right, base) = (self.span.left, self.span.right, self.base());
        let steps = ((right - left) / STEP) as usize;
        let upto = |k: usize| self.index.at_time(self.span.time(left + k as f64 * STEP));
        let mut counts = Vec::with_capacity(steps);
        let mut before = upto(0);
        for k in 1..=steps {
            let after = upto(k);
            counts.push(after - before);
            before = after;
        }
        let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
        let tallest = (base - 8.0).max(1.0);
        for (k, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let height = (*count as f64 / most).sqrt() * tallest;
            let x = left + k as f64 * STEP;
            let alpha = 0.75 * self.alpha(self.span.time(x));
            let bar = Shape::rect(x, base - height, STEP - 1.0, height);
            shapes.push(bar.fill(Ink::Rule).alpha(alpha));
        }
    }

    fn draw_reigns(&self, shapes: &mut Vec<Shape>) {
        let base = self.base();
        for reign in reigns(self.index, self.span.to_us) {
            let from = self.span.x(reign.from_us).max(self.span.left);
            let to = self.span.x(reign.to_us).min(self.span.right);
            if to <= from {
                continue;
            }
            let band = Shape::rect(from, base - 5.0, to - from, 5.0);
            let alpha = self.alpha(reign.from_us).max(0.55);
            shapes.push(band.fill(Ink::Fill(reign.epoch)).alpha(alpha));
            let edge = Shape::line(Point::new(from, base - 5.0), Point::new(from, base));
            shapes.push(edge.stroke(Ink::Epoch(reign.epoch), 1.5).alpha(alpha));
        }
    }

    fn draw_marks(&self, shapes: &mut Vec<Shape>) {
        let first = self.index.at_time(self.span.from_us.saturating_sub(1)) + 1;
        let last = self.index.at_time(self.span.to_us);
        let told = Marks::ELECTION
            .with(Marks::FAULT)
            .with(Marks::REPAIR)
            .with(Marks::VIOLATION);
        let mut taken: Vec<(i64, u8)> = Vec::new();
        // A decision is a tick below the line; where many fall on one pixel, one is drawn.
        let mut last_tick = i64::MIN;
        let within = first..last + 1;
        for row in self.index.marked(within.clone(), Marks::DECISION) {
            let x = self.span.x(row.time_us);
            if x.round() as i64 == last_tick {
                continue;
            }
            last_tick = x.round() as i64;
            let y = self.base();
            let tick = Shape::line(Point::new(x, y - 9.0), Point::new(x, y - 5.0));
            shapes.push(tick.stroke(Ink::Ok, 1.0).alpha(self.alpha(row.time_us)));
        }
        for (count, row) in self.index.marked(within, told).enumerate() {
            let place = (self.span.x(row.time_us).round() as i64, kind(&row));
            if count >= MOST_MARKS && taken.contains(&place) {
                continue;
            }
            if count >= MOST_MARKS {
                taken.push(place);
            }
            shapes.push(self.mark(&row));
        }
    }

    fn mark(&self, row: &Row) -> Shape {
        let y = self.base() - 15.0;
        let at = Point::new(self.span.x(row.time_us), y);
        let shape = match kind(row) {
            0 => Shape::cross(at, 5.0).stroke(Ink::Bad, 2.4),
            1 => Shape::diamond(at, 5.0).fill(Ink::Accent),
            2 => Shape::triangle(at, 5.0, true).fill(Ink::Bad),
            _ => Shape::triangle(at, 4.5, false).stroke(Ink::Ok, 1.4),
        };
        shape.alpha(self.alpha(row.time_us))
    }

    fn draw_forks(&self, shapes: &mut Vec<Shape>) {
        for time in self.forks.iter().filter(|time| self.span.holds(**time)) {
            let (x, base) = (self.span.x(*time), self.base());
            let bend = [
                Point::new(x, base),
                Point::new(x + 4.0, base + 6.0),
                Point::new(x + 12.0, base + 6.0),
            ];
            shapes.push(Shape::path(bend.to_vec(), false).stroke(Ink::Muted, 1.6));
        }
    }

    /// The whole branch in a thin band: who led, what is shown below, and where one stands.
    fn draw_overview(&self, end_us: Micros, shapes: &mut Vec<Shape>) {
        let whole = Span::new(0, end_us, self.span.left, self.span.right);
        let band = |from: f64, to: f64| Shape::rect(from, 0.0, (to - from).max(1.0), 4.0);
        shapes.push(band(whole.left, whole.right).fill(Ink::Rule));
        for reign in reigns(self.index, end_us) {
            let (from, to) = (whole.x(reign.from_us), whole.x(reign.to_us));
            shapes.push(band(from, to).fill(Ink::Fill(reign.epoch)));
        }
        let (from, to) = (
            whole.x(self.span.from_us),
            whole.x(self.span.to_us.min(end_us)),
        );
        let window = Shape::rect(from, 0.0, (to - from).max(3.0), 5.0);
        shapes.push(window.stroke(Ink::Ink, 1.4));
        let here = whole.x(self.now_us);
        let line = Shape::line(Point::new(here, 0.0), Point::new(here, 6.0));
        shapes.push(line.stroke(Ink::Accent, 2.0));
    }

    fn draw_playhead(&self, shapes: &mut Vec<Shape>) {
        let x = self
            .span
            .x(self.now_us)
            .clamp(self.span.left, self.span.right);
        let line = Shape::line(Point::new(x, 2.0), Point::new(x, self.base() + 3.0));
        shapes.push(line.stroke(Ink::Ink, 1.6));
        shapes.push(Shape::circle(Point::new(x, 5.0), 4.0).fill(Ink::Ink));
    }
}

/// What a mark is drawn as; an event with several is drawn as the gravest.
fn kind(row: &Row) -> u8 {
    if row.marks.any(Marks::VIOLATION) {
        0
    } else if row.marks.any(Marks::ELECTION) {
        1
    } else if row.marks.any(Marks::FAULT) {
        2
    } else {
        3
    }
}
