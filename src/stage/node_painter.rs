//! Draws one node under the focusable group that Yew keeps for it. An attribute is written only
//! when it changes.

use super::svg::{add, clear, number, path, set, set_number};
use super::words;
use crate::palette;
use synod_protocols::{About, NodeId, RingStyle};
use synod_scene::{Badge, Density, Layout, LogTail, NodeFigure, Square, TIMER_STEPS, TimerArc};
use synod_sim::Status;
use web_sys::Element;

/// The elements of one node, and what they show.
pub struct NodePainter {
    host: Element,
    /// What takes the focus; it holds no text, so that its name alone is read.
    button: Element,
    body: Element,
    track: Element,
    arc: Element,
    focus: Element,
    disc: Element,
    inner: Element,
    name: Element,
    epoch: Element,
    label: Element,
    log: Element,
    badges: Element,
    figure: Option<NodeFigure>,
    /// Steps left of the timer, and whether it suspects; −1 for none.
    timer: (i32, bool),
    chosen: bool,
    sizes: Sizes,
}

/// What a node needs of the layout.
#[derive(Clone, Copy, Default, PartialEq)]
struct Sizes {
    square: f64,
    pitch: f64,
    node_r: f64,
    full: bool,
    dots: bool,
    /// What is left of the stage on either side of the node's centre.
    left: f64,
    right: f64,
}

impl Sizes {
    /// How far a label must stand aside to stay on the stage; its width is a good guess.
    fn shift(self, label: &str) -> f64 {
        let half = label.chars().count() as f64 * if self.full { 3.3 } else { 2.9 } + 4.0;
        (half - self.left).max(0.0) - (half - self.right).max(0.0)
    }
}

impl NodePainter {
    /// Fills a server's group: its empty button, and the picture that is added under it.
    pub fn new(host: Element, node: NodeId) -> Option<NodePainter> {
        let button = host.last_element_child()?;
        while let Some(old) = button.previous_element_sibling() {
            old.remove();
        }
        clear(&button);
        let focus = add(&button, "circle", &[("class", "focus")]);
        let hidden = [("class", "node-body slot-n"), ("aria-hidden", "true")];
        let body = add(&host, "g", &hidden);
        // The button lies over the picture, and takes the pointer for all of it.
        let _ = host.insert_before(&body, Some(&button));
        let circle = |class| add(&body, "circle", &[("class", class)]);
        let track = circle("timer-track");
        let arc = circle("timer-arc");
        let steps = number(TIMER_STEPS);
        set(&arc, "pathLength", &steps);
        set(&arc, "stroke-dasharray", &steps);
        set(&arc, "transform", "rotate(-90)");
        let (disc, inner) = (circle("disc"), circle("inner"));
        let text = |class| add(&body, "text", &[("class", class)]);
        let (name, epoch, label) = (text("name"), text("epoch"), text("label"));
        name.set_text_content(Some(&node.to_string()));
        let log = add(&body, "g", &[("class", "tail")]);
        let badges = add(&body, "g", &[("class", "badges")]);
        Some(NodePainter {
            host,
            button,
            body,
            track,
            arc,
            focus,
            disc,
            inner,
            name,
            epoch,
            label,
            log,
            badges,
            figure: None,
            timer: (i32::MIN, false),
            chosen: false,
            sizes: Sizes::default(),
        })
    }

    /// Takes places and sizes from a new layout; everything is drawn afresh after it.
    pub fn fit(&mut self, layout: &Layout, node: NodeId) {
        let at = layout.node(node);
        let place = ["translate(", &number(at.x), " ", &number(at.y), ")"].concat();
        set(&self.host, "transform", &place);
        for circle in [&self.track, &self.arc] {
            set_number(circle, "r", layout.timer_r);
        }
        set_number(&self.focus, "r", layout.timer_r + 5.0);
        set_number(&self.disc, "r", layout.node_r);
        let full = layout.density == Density::Full;
        set_number(
            &self.inner,
            "r",
            (layout.node_r - if full { 4.0 } else { 3.0 }).max(1.0),
        );
        set_number(&self.name, "y", if full { 1.0 } else { -0.5 });
        set_number(&self.epoch, "y", if full { 16.5 } else { 10.0 });
        set_number(&self.label, "y", layout.label_y);
        let down = ["translate(0 ", &number(layout.log_y), ")"].concat();
        set(&self.log, "transform", &down);
        let shoulder = layout.node_r * 0.79;
        let up = [
            "translate(",
            &number(shoulder),
            " ",
            &number(-shoulder),
            ")",
        ]
        .concat();
        set(&self.badges, "transform", &up);
        self.sizes = Sizes {
            square: layout.square,
            pitch: layout.pitch,
            node_r: layout.node_r,
            full,
            dots: layout.density == Density::Dots,
            left: at.x,
            right: layout.room.width - at.x,
        };
        self.figure = None;
        self.timer = (i32::MIN, false);
    }

    /// Shows the node as it is now.
    pub fn show(&mut self, about: &About, figure: NodeFigure, chosen: bool) {
        if self.figure.as_ref() == Some(&figure) && self.chosen == chosen {
            return;
        }
        let old = self.figure.take();
        self.chosen = chosen;
        set(&self.body, "class", &class(&figure));
        set(
            &self.focus,
            "class",
            if chosen { "focus chosen" } else { "focus" },
        );
        let crashed = figure.status == Status::Crashed;
        let epoch = if crashed {
            String::new()
        } else {
            words::epoch(about, figure.epoch)
        };
        // A ballot has two numbers, and less room for each.
        let class = if epoch.chars().count() > 8 {
            "epoch long"
        } else {
            "epoch"
        };
        set(&self.epoch, "class", class);
        self.epoch.set_text_content(Some(&epoch));
        if self.sizes.dots {
            let name = if self.sizes.node_r >= 9.0 {
                figure.node.to_string()
            } else {
                String::new()
            };
            self.name.set_text_content(Some(&name));
        } else {
            let label = words::node_label(about, &figure, self.sizes.full);
            self.label.set_text_content(Some(&label));
            set_number(&self.label, "x", self.sizes.shift(&label));
            if old.as_ref().map(|old| &old.log) != Some(&figure.log) {
                self.draw_log(&figure.log);
            }
        }
        if old.as_ref().map(|old| &old.badges) != Some(&figure.badges) {
            self.draw_badges(&figure.badges);
        }
        set(
            &self.button,
            "aria-label",
            &words::node_name(about, &figure),
        );
        self.figure = Some(figure);
    }

    /// Shows what is left of the node's timer.
    pub fn show_timer(&mut self, arc: Option<TimerArc>, coarse: bool) {
        let now = match arc {
            None => (-1, false),
            Some(arc) => {
                let steps = (arc.left * TIMER_STEPS) as i32;
                (
                    if coarse {
                        (steps + 19) / 20 * 20
                    } else {
                        steps
                    },
                    arc.suspects,
                )
            }
        };
        if now == self.timer {
            return;
        }
        if (now.0 < 0) != (self.timer.0 < 0) || now.1 != self.timer.1 || self.timer.0 == i32::MIN {
            let class = match (now.0 < 0, now.1) {
                (true, _) => "timer-arc none",
                (_, true) => "timer-arc",
                _ => "timer-arc faint",
            };
            set(&self.arc, "class", class);
        }
        if now.0 >= 0 {
            set(
                &self.arc,
                "stroke-dashoffset",
                &(TIMER_STEPS as i32 - now.0).to_string(),
            );
        }
        self.timer = now;
    }

    fn draw_log(&self, log: &LogTail) {
        clear(&self.log);
        let Sizes { square, pitch, .. } = self.sizes;
        let count = log.squares.len() as f64;
        let hidden = match log.hidden {
            0 => String::new(),
            hidden => ["+", &hidden.to_string()].concat(),
        };
        // The count of what is not shown and the squares stand in the middle together.
        let beside = hidden.len() as f64 * if self.sizes.full { 6.6 } else { 5.8 } + 4.0;
        let beside = if hidden.is_empty() { 0.0 } else { beside };
        let left = (beside - (count * pitch - (pitch - square))) / 2.0;
        if !hidden.is_empty() {
            let text = add(&self.log, "text", &[("class", "hidden-entries")]);
            set_number(&text, "x", left - 4.0);
            set_number(&text, "y", square - if self.sizes.full { 2.5 } else { 0.5 });
            text.set_text_content(Some(&hidden));
        }
        for (k, entry) in log.squares.iter().enumerate() {
            self.draw_square(left + k as f64 * pitch, entry);
        }
    }

    fn draw_square(&self, x: f64, entry: &Square) {
        let state = if entry.epoch == 0 {
            "entry gap "
        } else if entry.decided {
            "entry decided "
        } else {
            "entry open "
        };
        let class = [state, palette::slot(entry.epoch)].concat();
        let rect = add(&self.log, "rect", &[("class", &class)]);
        let side = self.sizes.square;
        for (name, value) in [
            ("x", x),
            ("width", side),
            ("height", side),
            ("rx", side / 5.0),
        ] {
            set_number(&rect, name, value);
        }
        if entry.durable {
            let line = add(
                &self.log,
                "path",
                &[("class", &["on-disk ", palette::slot(entry.epoch)].concat())],
            );
            set(
                &line,
                "d",
                &path(&[("M", &[x + 1.0, side + 3.5]), ("h", &[side - 2.0])]),
            );
        }
    }

    fn draw_badges(&self, badges: &[Badge]) {
        clear(&self.badges);
        let small = !self.sizes.full;
        for (k, badge) in badges.iter().enumerate() {
            let (name, strokes, solid, count) = badge_icon(badge);
            let class = ["badge ", name].concat();
            let group = add(&self.badges, "g", &[("class", &class)]);
            let scale = if small { "0.78" } else { "1" };
            let x = number(k as f64 * if small { 20.0 } else { 25.0 });
            set(
                &group,
                "transform",
                &["translate(", &x, " 0) scale(", scale, ")"].concat(),
            );
            add(&group, "circle", &[("r", "11.5")]);
            add(&group, "path", &[("class", "line"), ("d", strokes)]);
            add(&group, "path", &[("class", "solid"), ("d", solid)]);
            if count > 0 {
                let text = add(&group, "text", &[("x", "9"), ("y", "-9")]);
                text.set_text_content(Some(&count.to_string()));
            }
        }
    }
}

fn class(figure: &NodeFigure) -> String {
    let ring = match figure.ring {
        RingStyle::Single => " ring-single",
        RingStyle::Dashed => " ring-dashed",
        RingStyle::Double => " ring-double",
    };
    let status = match figure.status {
        Status::Up => "",
        Status::Paused => " paused",
        Status::Crashed => " crashed",
    };
    ["node-body ", palette::slot(figure.epoch), ring, status].concat()
}

/// A badge's class, its strokes and solid parts around the origin, and a number beside it.
fn badge_icon(badge: &Badge) -> (&'static str, &'static str, &'static str, usize) {
    match badge {
        Badge::Crashed => ("bad", "M-4 -4L4 4M4 -4L-4 4", "", 0),
        Badge::Paused(queued) => (
            "warn",
            "",
            "M-4.5 -5h3.2v10h-3.2zM1.3 -5h3.2v10h-3.2z",
            *queued,
        ),
        Badge::CutOff => (
            "bad",
            "M-2.6 -2.4L5.4 4.2M-2.6 2.4L5.4 -4.2M-4.2 -1.6a1.9 1.9 0 1 0 0 -3.8a1.9 1.9 0 0 0 0 \
             3.8M-4.2 5.4a1.9 1.9 0 1 0 0 -3.8a1.9 1.9 0 0 0 0 3.8",
            "",
            0,
        ),
        Badge::SlowDisk => (
            "warn",
            "M-4 -5.5h8M-4 5.5h8M-3.2 -5.4c0 4.4 6.4 6.4 6.4 10.8M3.2 -5.4c0 4.4 -6.4 6.4 -6.4 \
             10.8",
            "",
            0,
        ),
        Badge::LyingDisk => ("bad", "M0 -6v6.5", "M-1 3.4h2v2.2h-2z", 0),
    }
}
