//! Plain shapes, which a canvas paints and an SVG writes.

use crate::geometry::Point;

/// A colour by its meaning; themes say what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Paper,
    Ink,
    Muted,
    Rule,
    Edge,
    Accent,
    Bad,
    Ok,
    /// The legible ink of an epoch.
    Epoch(u64),
    /// The soft fill of an epoch.
    Fill(u64),
}

impl Ink {
    /// A place in an order of inks: those that stand out come last.
    pub fn rank(self) -> u64 {
        match self {
            Ink::Paper => 1,
            Ink::Rule => 2,
            Ink::Edge => 3,
            Ink::Muted => 4,
            Ink::Ink => 5,
            Ink::Ok => 6,
            Ink::Accent => 7,
            Ink::Bad => 8,
            Ink::Fill(epoch) => 100 + 2 * epoch,
            Ink::Epoch(epoch) => 101 + 2 * epoch,
        }
    }
}

/// Where a text's anchor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Something to draw, in pixels from the upper left.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// Lines through points, closed or not.
    Path {
        points: Vec<Point>,
        closed: bool,
    },
    Circle {
        at: Point,
        r: f64,
    },
    Text {
        at: Point,
        text: String,
        size: f64,
        anchor: Anchor,
        bold: bool,
    },
}

/// A form and how it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub form: Form,
    pub fill: Option<Ink>,
    pub stroke: Option<Ink>,
    pub width: f64,
    /// Lengths of dash and gap; 0 for a whole line.
    pub dash: f64,
    /// From 0, unseen, to 1.
    pub alpha: f64,
}

impl Shape {
    fn new(form: Form) -> Shape {
        Shape {
            form,
            fill: None,
            stroke: None,
            width: 1.0,
            dash: 0.0,
            alpha: 1.0,
        }
    }

    pub fn line(a: Point, b: Point) -> Shape {
        Shape::path(vec![a, b], false)
    }

    pub fn path(points: Vec<Point>, closed: bool) -> Shape {
        Shape::new(Form::Path { points, closed })
    }

    pub fn rect(x: f64, y: f64, width: f64, height: f64) -> Shape {
        let (right, below) = (x + width, y + height);
        let corners = [(x, y), (right, y), (right, below), (x, below)];
        Shape::path(corners.map(|(x, y)| Point::new(x, y)).to_vec(), true)
    }

    pub fn circle(at: Point, r: f64) -> Shape {
        Shape::new(Form::Circle { at, r })
    }

    /// A square on its corner.
    pub fn diamond(at: Point, r: f64) -> Shape {
        let corners = [(0.0, -r), (r, 0.0), (0.0, r), (-r, 0.0)];
        let point = |(x, y): (f64, f64)| Point::new(at.x + x, at.y + y);
        Shape::path(corners.map(point).to_vec(), true)
    }

    /// A triangle that points down, or up.
    pub fn triangle(at: Point, r: f64, down: bool) -> Shape {
        let sign = if down { 1.0 } else { -1.0 };
        let corners = [(-r, -0.8 * r * sign), (r, -0.8 * r * sign), (0.0, r * sign)];
        let point = |(x, y): (f64, f64)| Point::new(at.x + x, at.y + y);
        Shape::path(corners.map(point).to_vec(), true)
    }

    /// A cross of two lines, as one path that passes its middle.
    pub fn cross(at: Point, r: f64) -> Shape {
        let corners = [(-r, -r), (r, r), (0.0, 0.0), (-r, r), (r, -r), (0.0, 0.0)];
        let point = |(x, y): (f64, f64)| Point::new(at.x + x, at.y + y);
        Shape::path(corners.map(point).to_vec(), false)
    }

    pub fn text(at: Point, text: impl Into<String>, size: f64, anchor: Anchor) -> Shape {
        Shape::new(Form::Text {
            at,
            text: text.into(),
            size,
            anchor,
            bold: false,
        })
        .fill(Ink::Muted)
    }

    pub fn fill(mut self, ink: Ink) -> Shape {
        self.fill = Some(ink);
        self
    }

    pub fn stroke(mut self, ink: Ink, width: f64) -> Shape {
        self.stroke = Some(ink);
        self.width = width;
        self
    }

    pub fn dash(mut self, dash: f64) -> Shape {
        self.dash = dash;
        self
    }

    pub fn alpha(mut self, alpha: f64) -> Shape {
        self.alpha = alpha;
        self
    }

    pub fn bold(mut self) -> Shape {
        if let Form::Text { bold, .. } = &mut self.form {
            *bold = true;
        }
        self
    }
}
