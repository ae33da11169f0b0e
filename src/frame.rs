//! The page's one animation frame: it lets the run go on and draws the stage.
//!
//! Nothing is asked of the browser while the run is paused or the page is out of sight. A change
//! of the model asks for one frame; playing asks for the next at the end of each. Where only timers
//! move, the next one waits until something else does.

use crate::model::{Handle, Model, Subscription};
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// How long a run may compute within one frame.
const COMPUTE_MS: f64 = 8.0;
/// How long panels keep what they show while the run plays.
const PANELS_EVERY_MS: f64 = 190.0;

/// How long a picture stands in which only timers run.
const CALM_MS: f64 = 92.0;
/// How long the loop waits before it asks for every second frame.
const HALF_MS: f64 = 20.0;

/// What the next frame would show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Motion {
    /// The same as this one, as long as no time passes.
    Still,
    /// Only timers move, and a few frames a second do.
    Slow,
    /// Only heartbeats move, and half the frames do.
    Half,
    /// Something glides.
    Smooth,
}

/// Something that draws a frame.
pub trait Paint {
    fn paint(&self, model: &Model, time_ms: f64) -> Motion;
}

/// What the browser calls for each frame.
type Tick = Closure<dyn FnMut(f64)>;
/// Who is told how long each frame took.
type Probe = Box<dyn FnMut(f64)>;

struct Frame {
    handle: Handle,
    closure: RefCell<Option<Tick>>,
    asked: Cell<bool>,
    /// The wait for a frame that is not urgent.
    later: RefCell<Option<Timeout>>,
    /// When the last frame was drawn; `None` after a standstill.
    last_ms: Cell<Option<f64>>,
    told_ms: Cell<f64>,
    /// Whether events have happened that the panels have not been told of.
    untold: Cell<bool>,
    probe: RefCell<Option<Probe>>,
    listeners: RefCell<Option<(Subscription, EventListener)>>,
}

thread_local! {
    static FRAME: RefCell<Option<Rc<Frame>>> = const { RefCell::new(None) };
}

/// Starts the loop for the page's model.
pub fn start(handle: &Handle) {
    let frame = Rc::new(Frame {
        handle: handle.clone(),
        closure: RefCell::new(None),
        asked: Cell::new(false),
        later: RefCell::new(None),
        last_ms: Cell::new(None),
        told_ms: Cell::new(0.0),
        untold: Cell::new(false),
        probe: RefCell::new(None),
        listeners: RefCell::new(None),
    });
    let callback = {
        let frame = Rc::downgrade(&frame);
        Closure::new(move |time_ms: f64| {
            if let Some(frame) = frame.upgrade() {
                frame.draw(time_ms);
            }
        })
    };
    *frame.closure.borrow_mut() = Some(callback);
    let subscription = handle.subscribe(yew::Callback::from(|()| request()));
    let visibility = EventListener::new(&document(), "visibilitychange", |_| request());
    *frame.listeners.borrow_mut() = Some((subscription, visibility));
    FRAME.set(Some(frame));
    request();
}

/// Which of two runs is drawn.
#[derive(Clone, Copy)]
pub enum Seat {
    First,
    /// The one beside it, if there is one.
    Second,
}

thread_local! {
    /// Who draws each run; a stage may be there before the loop.
    static PAINTERS: RefCell<[Option<Rc<dyn Paint>>; 2]> = const { RefCell::new([None, None]) };
}

/// Who draws the frames of a run; `None` when its stage is gone.
pub fn set_painter(seat: Seat, painter: Option<Rc<dyn Paint>>) {
    PAINTERS.with_borrow_mut(|painters| painters[seat as usize] = painter);
    request();
}

/// Who is told how many milliseconds of script each frame took.
pub fn set_probe(probe: impl FnMut(f64) + 'static) {
    FRAME.with_borrow(|frame| {
        if let Some(frame) = frame {
            *frame.probe.borrow_mut() = Some(Box::new(probe));
        }
    });
}

/// Asks for one frame, unless one is asked for or nobody would see it.
pub fn request() {
    FRAME.with_borrow(|frame| {
        if let Some(frame) = frame {
            frame.ask();
        }
    });
}

fn now_ms() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

impl Frame {
    fn ask(&self) {
        if self.asked.get() {
            return;
        }
        *self.later.borrow_mut() = None;
        if document().hidden() {
            self.last_ms.set(None);
            return;
        }
        if let Some(closure) = &*self.closure.borrow() {
            let callback = closure.as_ref().unchecked_ref();
            self.asked
                .set(window().request_animation_frame(callback).is_ok());
        }
    }

    fn ask_later(&self, wait_ms: f64) {
        if document().hidden() || wait_ms < 1.0 {
            self.ask();
        } else if !self.asked.get() {
            *self.later.borrow_mut() = Some(Timeout::new(wait_ms as u32, request));
        }
    }

    fn draw(&self, time_ms: f64) {
        self.asked.set(false);
        let begun_ms = now_ms();
        let gap_ms = self
            .last_ms
            .get()
            .map_or(0.0, |last| (time_ms - last).max(0.0));
        self.last_ms.set(Some(time_ms));
        let (happened, stopped) = self.handle.update_quietly(|model| {
            let played = model.playing;
            let in_time = || now_ms() - begun_ms < COMPUTE_MS;
            let happened = model.advance((gap_ms * 1_000.0) as u64, in_time);
            (happened, played && !model.playing)
        });
        self.untold.set(self.untold.get() || happened);
        let painters = PAINTERS.with_borrow(Clone::clone);
        let paint = |painter: Rc<dyn Paint>| painter.paint(&self.handle.read(), time_ms);
        let motions = painters.into_iter().flatten().map(paint);
        let motion = motions.max().unwrap_or(Motion::Still);
        self.tell(time_ms, stopped);
        if motion == Motion::Smooth {
            self.ask();
        } else if self.handle.read().is_moving() {
            let longest_ms = match motion {
                Motion::Half => HALF_MS,
                Motion::Slow => CALM_MS,
                _ => f64::MAX,
            };
            let rest_ms = self.handle.update_quietly(|model| model.rest_ms());
            self.ask_later(rest_ms.min(longest_ms));
        } else {
            self.last_ms.set(None);
        }
        if let Some(probe) = &mut *self.probe.borrow_mut() {
            probe(now_ms() - begun_ms);
        }
    }

    /// Tells the panels what has happened: at once if the run stopped, else a few times a second.
    fn tell(&self, time_ms: f64, stopped: bool) {
        let due = time_ms - self.told_ms.get() >= PANELS_EVERY_MS;
        if stopped || (self.untold.get() && due) {
            self.untold.set(false);
            self.told_ms.set(time_ms);
            self.handle.notify();
        }
    }
}
