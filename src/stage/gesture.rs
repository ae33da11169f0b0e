//! What the pointer does on the stage: presses nodes, links and messages, and draws cuts.

use super::items;
use super::painter::Painter;
use crate::model::{Handle, Selection};
use std::cell::RefCell;
use std::rc::Rc;
use synod_protocols::NodeId;
use synod_scene::{Hit, Point, crossed_links};
use synod_sim::Action;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent, PointerEvent};

/// From how far on a press is a drag.
const DRAG: f64 = 6.0;
/// How far apart the corners of a drawn line are kept.
const CORNER: f64 = 5.0;
/// Within how many milliseconds a second press is a double one.
const DOUBLE_MS: f64 = 450.0;

/// A press that has not ended.
struct Press {
    pointer: i32,
    start: Point,
    hit: Option<Hit>,
    /// The line drawn so far; empty as long as this may still be a click.
    line: Vec<Point>,
}

/// The pointer's state.
pub struct Gesture {
    handle: Handle,
    painter: Rc<Painter>,
    press: RefCell<Option<Press>>,
    /// What a press that was no drag has hit, until the browser calls it a click.
    hit: RefCell<Option<Option<Hit>>>,
    /// The message pressed last, and when.
    last: RefCell<Option<(u64, f64)>>,
}

impl Gesture {
    pub fn new(handle: Handle, painter: Rc<Painter>) -> Gesture {
        Gesture {
            handle,
            painter,
            press: RefCell::new(None),
            hit: RefCell::new(None),
            last: RefCell::new(None),
        }
    }

    pub fn down(&self, event: &PointerEvent) {
        if event.button() != 0 || self.press.borrow().is_some() {
            return;
        }
        let Some(start) = place(event) else { return };
        self.hit.take();
        let hit = self.painter.hit(start, event.pointer_type() == "touch");
        let press = Press {
            pointer: event.pointer_id(),
            start,
            hit,
            line: Vec::new(),
        };
        *self.press.borrow_mut() = Some(press);
    }

    pub fn moved(&self, event: &PointerEvent) {
        let Some(at) = place(event) else { return };
        let mut press = self.press.borrow_mut();
        let Some(press) = press
            .as_mut()
            .filter(|press| press.pointer == event.pointer_id())
        else {
            if event.pointer_type() != "touch" {
                self.painter.set_hover(self.painter.hit(at, false));
            }
            return;
        };
        if matches!(press.hit, Some(Hit::Node(_) | Hit::Message(_))) {
            return;
        }
        if press.line.is_empty() {
            if at.distance(press.start) < DRAG {
                return;
            }
            press.line.push(press.start);
            self.painter.set_hover(None);
            if let Some(target) = current(event) {
                let _ = target.set_pointer_capture(press.pointer);
            }
        }
        if press
            .line
            .last()
            .is_some_and(|last| last.distance(at) >= CORNER)
        {
            press.line.push(at);
            self.painter.draw_cut(&press.line);
        }
    }

    pub fn up(&self, event: &PointerEvent) {
        let Some(press) = self.press.take() else {
            return;
        };
        if press.pointer != event.pointer_id() {
            *self.press.borrow_mut() = Some(press);
            return;
        }
        if press.line.is_empty() {
            *self.hit.borrow_mut() = Some(press.hit);
            return;
        }
        self.painter.draw_cut(&[]);
        let mut line = press.line;
        line.extend(place(event));
        self.cut(&line);
    }

    /// Forgets a press that the browser took away.
    pub fn cancel(&self) {
        self.press.take();
        self.hit.take();
        self.painter.draw_cut(&[]);
    }

    pub fn leave(&self) {
        self.painter.set_hover(None);
    }

    /// Cuts every link that a line crosses.
    fn cut(&self, line: &[Point]) {
        let links = match self.painter.layout() {
            Some(layout) => crossed_links(&layout, line),
            None => return,
        };
        if links.is_empty() {
            return;
        }
        self.painter.keep_cut(line);
        self.handle.update(|model| {
            model.close_menu();
            model.act(Action::Cut { links })
        });
    }

    /// A click, of a mouse or a finger. It is the last event of a press: a menu that opened
    /// before it would take it for a press of its own.
    pub fn click(&self, event: &MouseEvent) {
        let Some(hit) = self.hit.take() else { return };
        let time_ms = event.time_stamp();
        let message = match hit {
            Some(Hit::Message(id)) => Some(id),
            _ => None,
        };
        let last = self.last.replace(message.map(|id| (id, time_ms)));
        if let (Some(id), Some((before, since_ms))) = (message, last)
            && id == before
            && time_ms - since_ms < DOUBLE_MS
            && self.handle.read().run().holding()
        {
            self.handle.update(|model| {
                model.close_menu();
                model.act(items::deliver(id))
            });
            return;
        }
        self.handle.update(|model| match hit {
            Some(Hit::Node(node)) => model.open_menu(Selection::Node(node)),
            Some(Hit::Link(from, to)) => model.open_menu(Selection::Link(from, to)),
            Some(Hit::Message(id)) => model.open_menu(Selection::Message(id)),
            Some(Hit::Clients) | None => {
                model.close_menu();
                // A node stays chosen for the inspector; what was only pressed does not.
                let keeps = matches!(model.selection, Some(Selection::Node(_)));
                model.selection = model.selection.filter(|_| keeps);
            }
        });
    }

    /// A node was pressed without a pointer.
    pub fn open_node(&self, node: NodeId) {
        self.handle
            .update(|model| model.open_menu(Selection::Node(node)));
    }
}

fn current(event: &PointerEvent) -> Option<Element> {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
}

/// Where on the stage a pointer is.
fn place(event: &PointerEvent) -> Option<Point> {
    let stage = current(event)?.closest(".stage").ok().flatten()?;
    let corner = stage.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    Some(Point::new(x - corner.left(), y - corner.top()))
}
