//! Points, curves and hulls on the stage, in CSS pixels; y grows downwards.

/// A place on the stage.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    pub const fn new(x: f64, y: f64) -> Point {
        Point { x, y }
    }

    pub fn distance(self, other: Point) -> f64 {
        let (dx, dy) = (self.x - other.x, self.y - other.y);
        (dx * dx + dy * dy).sqrt()
    }

    /// The place at a share of the way to another: 0 is here, 1 is there.
    pub fn toward(self, other: Point, share: f64) -> Point {
        Point::new(
            self.x + (other.x - self.x) * share,
            self.y + (other.y - self.y) * share,
        )
    }

    /// The place moved by a length along a heading.
    pub fn moved(self, heading: Point, length: f64) -> Point {
        Point::new(self.x + length * heading.x, self.y + length * heading.y)
    }

    /// The heading from here to another place; to the right if they are the same.
    pub fn heading(self, to: Point) -> Point {
        let length = self.distance(to);
        if length == 0.0 {
            return Point::new(1.0, 0.0);
        }
        Point::new((to.x - self.x) / length, (to.y - self.y) / length)
    }

    /// The heading to the right of this one.
    pub fn right(self) -> Point {
        Point::new(-self.y, self.x)
    }

    /// The heading at a share of a full turn: 0 is up, 0.25 is to the right.
    ///
    /// The library's sine and cosine would be a twentieth of the page; a few terms of the series
    /// over a quarter turn are exact to a billionth.
    pub fn around(share: f64) -> Point {
        let quarters = (share - share.floor()) * 4.0;
        let angle = (quarters - quarters.floor()) * std::f64::consts::FRAC_PI_2;
        let (mut sine, mut cosine, mut term) = (0.0, 0.0, 1.0);
        for k in 0..16 {
            let signed = if k / 2 % 2 == 0 { term } else { -term };
            if k % 2 == 0 {
                cosine += signed;
            } else {
                sine += signed;
            }
            term *= angle / f64::from(k + 1);
        }
        let mut heading = Point::new(sine, -cosine);
        for _ in 0..quarters as u32 {
            heading = heading.right();
        }
        heading
    }

    /// The distance to a straight piece.
    pub fn distance_to_segment(self, a: Point, b: Point) -> f64 {
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        let square = dx * dx + dy * dy;
        let share = if square > 0.0 {
            (((self.x - a.x) * dx + (self.y - a.y) * dy) / square).clamp(0.0, 1.0)
        } else {
            0.0
        };
        self.distance(a.toward(b, share))
    }
}

/// Whether two straight pieces cross or touch.
pub fn segments_cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let (d1, d2) = (turn(c, d, a), turn(c, d, b));
    let (d3, d4) = (turn(a, b, c), turn(a, b, d));
    d1 * d2 <= 0.0 && d3 * d4 <= 0.0 && (d1 != d2 || d3 != d4)
}

/// Positive if the way from a over b to c turns clockwise as seen on the stage.
fn turn(a: Point, b: Point, c: Point) -> f64 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// The way from one place to another: straight, or bent around what stands in the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    pub a: Point,
    /// The control point of a quadratic curve; halfway between the ends if the way is straight.
    pub control: Point,
    pub b: Point,
}

/// Into how many straight pieces a bent path is taken apart for tests.
const PIECES: usize = 16;

impl Path {
    pub fn straight(a: Point, b: Point) -> Path {
        Path {
            a,
            control: a.toward(b, 0.5),
            b,
        }
    }

    /// A path whose middle is `aside` pixels to the right of the straight one.
    pub fn bent(a: Point, b: Point, aside: f64) -> Path {
        let across = a.heading(b).right();
        Path {
            a,
            control: a.toward(b, 0.5).moved(across, 2.0 * aside),
            b,
        }
    }

    pub fn is_straight(&self) -> bool {
        self.control.distance(self.a.toward(self.b, 0.5)) < 0.01
    }

    /// The same way in the other direction.
    pub fn reversed(&self) -> Path {
        Path {
            a: self.b,
            control: self.control,
            b: self.a,
        }
    }

    /// The place at a share of the way.
    pub fn at(&self, share: f64) -> Point {
        self.a
            .toward(self.control, share)
            .toward(self.control.toward(self.b, share), share)
    }

    /// The heading of travel at a share of the way.
    pub fn heading(&self, share: f64) -> Point {
        self.a
            .toward(self.control, share)
            .heading(self.control.toward(self.b, share))
    }

    /// The distance between the ends, which is near enough to the length of the way.
    pub fn length(&self) -> f64 {
        let straight = self.a.distance(self.b);
        if self.is_straight() {
            return straight;
        }
        (straight + self.a.distance(self.control) + self.control.distance(self.b)) / 2.0
    }

    /// The place at a share of the way, beside the middle line: `lane` pixels to the right.
    pub fn beside(&self, share: f64, lane: f64) -> Point {
        self.at(share).moved(self.heading(share).right(), lane)
    }

    pub fn distance(&self, point: Point) -> f64 {
        self.pieces()
            .map(|(a, b)| point.distance_to_segment(a, b))
            .fold(f64::MAX, f64::min)
    }

    /// Whether a straight piece crosses the path.
    pub fn crosses(&self, c: Point, d: Point) -> bool {
        self.pieces().any(|(a, b)| segments_cross(a, b, c, d))
    }

    fn pieces(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        let count = if self.is_straight() { 1 } else { PIECES };
        (0..count).map(move |k| {
            let share = |k: usize| k as f64 / count as f64;
            (self.at(share(k)), self.at(share(k + 1)))
        })
    }
}

/// The corners of the smallest convex shape that holds all points, in order around it.
pub fn hull(points: &[Point]) -> Vec<Point> {
    let leftmost = |p: &&Point, q: &&Point| p.x.total_cmp(&q.x).then(p.y.total_cmp(&q.y));
    let Some(&first) = points.iter().min_by(leftmost) else {
        return Vec::new();
    };
    let mut corners = vec![first];
    // From each corner on to the point that has all others on the same hand.
    while corners.len() <= points.len() {
        let here = corners[corners.len() - 1];
        let mut next = here;
        for &point in points {
            let side = turn(here, next, point);
            let further = here.distance(point) > here.distance(next);
            if next == here || side < 0.0 || (side == 0.0 && further) {
                next = point;
            }
        }
        if next == first || next == here {
            break;
        }
        corners.push(next);
    }
    corners
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn p(x: f64, y: f64) -> Point {
        Point::new(x, y)
    }

    #[test]
    fn pieces_cross_where_they_should() {
        let check = |b: Point, d: Point, expect: bool| {
            assert_eq!(
                segments_cross(p(0.0, 0.0), b, p(0.0, 10.0), d),
                expect,
                "{b:?} {d:?}"
            );
        };
        check(p(10.0, 10.0), p(10.0, 0.0), true);
        check(p(4.0, 4.0), p(10.0, 0.0), false);
        check(p(5.0, 5.0), p(10.0, 0.0), true);
        check(p(10.0, 0.0), p(10.0, 10.0), false);
    }

    #[test]
    fn headings_go_round_clockwise_from_the_top() {
        for k in 0..1_000 {
            let share = f64::from(k) / 500.0 - 1.0;
            let angle = share * std::f64::consts::TAU;
            let heading = Point::around(share);
            assert!((heading.x - angle.sin()).abs() < 1e-9, "{share}");
            assert!((heading.y + angle.cos()).abs() < 1e-9, "{share}");
        }
        assert_eq!(p(0.0, 0.0).heading(p(0.0, 5.0)), p(0.0, 1.0));
        assert_eq!(p(1.0, 0.0).right(), p(0.0, 1.0));
    }

    #[test]
    fn a_bent_path_passes_beside_the_middle() {
        let path = Path::bent(p(0.0, 0.0), p(100.0, 0.0), 30.0);
        let middle = path.at(0.5);
        assert!((middle.x - 50.0).abs() < 1e-9 && (middle.y - 30.0).abs() < 1e-9);
        assert_eq!(path.at(0.0), p(0.0, 0.0));
        assert_eq!(path.reversed().at(0.5), middle);
        assert!(path.crosses(p(50.0, 20.0), p(50.0, 40.0)));
        assert!(!path.crosses(p(50.0, -20.0), p(50.0, 10.0)));
        assert!(path.distance(p(50.0, 31.0)) < 1.5);
    }

    #[test]
    fn lanes_lie_to_the_right_of_travel() {
        let path = Path::straight(p(0.0, 0.0), p(100.0, 0.0));
        assert!((path.beside(0.5, 5.0).y - 5.0).abs() < 1e-9);
        assert!((path.reversed().beside(0.5, 5.0).y + 5.0).abs() < 1e-9);
    }

    #[test]
    fn a_hull_leaves_out_what_is_inside() {
        let square = [
            p(0.0, 0.0),
            p(10.0, 0.0),
            p(5.0, 5.0),
            p(10.0, 10.0),
            p(0.0, 10.0),
        ];
        let corners = hull(&square);
        assert_eq!(corners.len(), 4);
        assert!(!corners.contains(&p(5.0, 5.0)));
        assert_eq!(hull(&[p(1.0, 1.0)]), vec![p(1.0, 1.0)]);
        assert_eq!(hull(&[p(1.0, 1.0), p(0.0, 0.0)]).len(), 2);
        assert!(hull(&[]).is_empty());
    }
}
