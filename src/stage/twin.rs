//! The second run, painted beside the first. Everything is done to both from the first one's stage.

use crate::frame::{self, Motion, Paint, Seat};
use crate::hooks::{use_after, use_once};
use crate::model::{Handle, Model, distinction, use_model};
use crate::text::catalogue;
use crate::timeline::canvas;
use std::cell::Cell;
use synod_scene::export::description;
use synod_scene::picture::picture;
use synod_sim::Contrast;
use yew::prelude::*;

/// How long a picture stands in which only timers run, in real milliseconds.
const CALM_MS: f64 = 90.0;

struct Painter {
    canvas: NodeRef,
    /// What was painted last: the events, the time, and when.
    painted: Cell<(u64, u64, f64)>,
    /// Whether something else may have changed: the size, the colours, the run.
    stale: Cell<bool>,
}

impl Paint for Painter {
    fn paint(&self, model: &Model, time_ms: f64) -> Motion {
        let Some(twin) = &model.twin else {
            return Motion::Still;
        };
        let view = twin.run().as_view();
        let mut flights = Vec::new();
        view.flights(&mut flights);
        let glides = !flights.is_empty() && !view.holding();
        let motion = match (model.is_moving(), glides) {
            (false, _) => Motion::Still,
            (true, true) => Motion::Smooth,
            (true, false) => Motion::Slow,
        };
        let (events, now, then_ms) = self.painted.get();
        let moved = (events, now) != (view.events(), view.now());
        let due = glides || events != view.events() || time_ms - then_ms >= CALM_MS;
        if (self.stale.take() || (moved && due))
            && let Some((width, height)) = canvas::size(&self.canvas)
        {
            self.painted.set((view.events(), view.now(), time_ms));
            canvas::paint(&self.canvas, &picture(view, width, height, catalogue()));
        }
        motion
    }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

#[component]
pub fn TwinStage(props: &Props) -> Html {
    use_model(&props.handle);
    let canvas = use_node_ref();
    let painter = use_once(|| Painter {
        canvas: canvas.clone(),
        painted: Cell::new((0, 0, 0.0)),
        stale: Cell::new(true),
    });
    painter.stale.set(true);
    use_after(&[], {
        let painter = painter.clone();
        move || {
            frame::set_painter(Seat::Second, Some(painter));
            Registered
        }
    });
    let model = props.handle.read();
    let told = model.twin.as_ref().map(|twin| {
        let what = distinction(&twin.contrast, &Contrast::of(model.run().scenario()));
        (what, description(twin.run().as_view(), catalogue()))
    });
    let shown = told.is_some();
    let (caption, label) = told.unwrap_or_default();
    view! {
        <div class="twin-stage" hidden={!shown}>
            <p key="caption" class="twin-caption">{ caption }</p>
            <canvas key="canvas" ref={canvas} role="img" aria-label={label}></canvas>
        </div>
    }
}

/// The painter's seat in the frame loop, as long as the stage is there.
struct Registered;

impl Drop for Registered {
    fn drop(&mut self) {
        frame::set_painter(Seat::Second, None);
    }
}

/// What the first run is, while another stands beside it.
pub fn caption(model: &Model) -> Option<String> {
    let twin = model.twin.as_ref()?;
    let here = Contrast::of(model.run().scenario());
    Some(distinction(&here, &twin.contrast))
}
