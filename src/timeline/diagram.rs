//! The space-time diagram: every event in view, and what can have known of what.

use super::{Props, canvas, press, use_resized};
use crate::hooks::{use_after, use_once};
use crate::lab::icon::icon;
use crate::model::{Handle, Model, Selection, use_model};
use crate::text::t;
use crate::view::part;
use std::cell::{Cell, RefCell};
use synod_scene::spacetime::NAMES;
use synod_scene::{Diagram, Drawing, Point, Span};
use web_sys::Element;
use yew::prelude::*;

/// The shortest and the longest stretch that it shows.
const LENGTHS_US: (u64, u64) = (5_000, 20_000_000);
/// Where the present moment stands while the diagram follows it, in tenths of its width.
const PRESENT: u64 = 8;

/// The stretch of time that the diagram shows.
pub fn window(model: &Model) -> (u64, u64) {
    let length = model.diagram_us;
    let following = || model.run().now().saturating_sub(length * PRESENT / 10);
    let from = model.diagram_from.unwrap_or_else(following);
    (from, from + length)
}

/// Shows a half, or twice, of it, around the present moment or the middle.
fn zoom(model: &mut Model, closer: bool) {
    let (from, to) = window(model);
    let length = model.diagram_us;
    let wanted = if closer { length / 2 } else { length * 2 };
    let wanted = wanted.clamp(LENGTHS_US.0, LENGTHS_US.1);
    if model.diagram_from.is_some() {
        let middle = from + (to - from) / 2;
        model.diagram_from = Some(middle.saturating_sub(wanted / 2));
    }
    model.diagram_us = wanted;
}

/// Moves it by a part of its width; the diagram no longer follows the present moment.
fn shift(model: &mut Model, back: bool) {
    let (from, _) = window(model);
    let by = model.diagram_us / 4;
    let end = model.history().end_us();
    model.diagram_from = Some(if back {
        from.saturating_sub(by)
    } else {
        (from + by).min(end)
    });
}

/// The diagram's place, which is empty while it is closed.
#[component]
pub fn Panel(props: &Props) -> Html {
    use_model(&props.handle);
    let open = props.handle.read().diagram;
    let handle = props.handle.clone();
    let inside = if open {
        part::<SpaceTime>("open", Props { handle })
    } else {
        view! { <div key="closed"></div> }
    };
    view! {
        <section key="spacetime" class="panel panel-spacetime" hidden={!open}
            aria-label={t("spacetime.title")}>
            { inside }
        </section>
    }
}

/// The diagram with its tools, where it is open.
#[component]
fn SpaceTime(props: &Props) -> Html {
    let revision = use_model(&props.handle);
    let handle = &props.handle;
    let canvas = use_node_ref();
    let drawing = use_once(|| RefCell::new(Drawing::default()));
    let hover = use_once(|| Cell::new(None::<u64>));
    let resized = use_resized();
    let repaint = {
        let (canvas, handle) = (canvas.clone(), handle.clone());
        let (drawing, hover) = (drawing.clone(), hover.clone());
        move || {
            draw(
                &canvas,
                &handle.read(),
                hover.get(),
                &mut drawing.borrow_mut(),
            )
        }
    };
    use_after(&[revision, resized], repaint.clone());
    let near = {
        let (canvas, drawing) = (canvas.clone(), drawing.clone());
        move |event: &PointerEvent| {
            let room = canvas.cast::<Element>()?.get_bounding_client_rect();
            let x = f64::from(event.client_x()) - room.left();
            let y = f64::from(event.client_y()) - room.top();
            drawing.borrow().hit(Point::new(x, y))
        }
    };
    let onpointermove = {
        let (near, hover, repaint) = (near.clone(), hover.clone(), repaint.clone());
        Callback::from(move |event: PointerEvent| {
            let found = near(&event);
            if event.pointer_type() == "mouse" && hover.replace(found) != found {
                repaint();
            }
        })
    };
    let onpointerleave = {
        let (hover, repaint) = (hover.clone(), repaint.clone());
        Callback::from(move |_: PointerEvent| {
            if hover.take().is_some() {
                repaint();
            }
        })
    };
    let onpointerup = {
        let handle = handle.clone();
        Callback::from(move |event: PointerEvent| {
            if let Some(found) = near(&event) {
                go_to(&handle, found);
            }
        })
    };
    let model = handle.read();
    let thinned = drawing.borrow().thinned;
    let following = model.diagram_from.is_none();
    view! {
        <div key="spacetime" class="spacetime">
            <div key="head" class="panel-head">
                <h2 class="kick">{ t("spacetime.title") }</h2>
                <span key="legend" class="muted key-line">{ t("spacetime.legend") }</span>
                <span key="thinned" class="muted key-line" hidden={!thinned}>
                    { t("spacetime.thinned") }
                </span>
                <span class="grow"></span>
                { tools(handle, following) }
            </div>
            <div key="host" class="spacetime-host" id="spacetime" role="img"
                aria-label={t("spacetime.label")} {onpointermove} {onpointerleave} {onpointerup}>
                <canvas ref={canvas} aria-hidden="true"></canvas>
            </div>
        </div>
    }
}

fn go_to(handle: &Handle, event: u64) {
    handle.update(|model| {
        // The window stays where it is, so that what was clicked stays under the pointer.
        let (from, _) = window(model);
        model.seek(event);
        model.choose_event(event);
        model.diagram_from = Some(from);
    });
}

fn tools(handle: &Handle, following: bool) -> Html {
    let button = |id: &'static str, name: &'static str, change: fn(&mut Model)| {
        view! {
            <button key={id} class="small" aria-label={t(name)} title={t(name)}
                onclick={press(handle, change)}>{ icon(id) }</button>
        }
    };
    let follow = press(handle, |model| model.diagram_from = None);
    view! {
        <span key="tools" class="pair" role="group" aria-label={t("spacetime.tools")}>
            { button("older", "spacetime.back", |model| shift(model, true)) }
            { button("newer", "spacetime.on", |model| shift(model, false)) }
            { button("minus", "timeline.zoom.out", |model| zoom(model, false)) }
            { button("plus", "timeline.zoom.in", |model| zoom(model, true)) }
            <button key="follow" class="chip" aria-pressed={following.to_string()}
                onclick={follow}>{ t("spacetime.follow") }</button>
        </span>
    }
}

fn draw(canvas: &NodeRef, model: &Model, hover: Option<u64>, drawing: &mut Drawing) {
    let Some((width, height)) = canvas::size(canvas) else {
        return;
    };
    let chosen = match model.selection {
        Some(Selection::Event(event)) => Some(event),
        _ => None,
    };
    let (from, to) = window(model);
    let scene = Diagram {
        run: model.run().as_view(),
        index: model.history().index(),
        span: Span::new(from, to, NAMES, width - 8.0),
        height,
        position: model.history().position(),
        now_us: model.run().now(),
        chosen: hover.or(chosen),
    };
    *drawing = scene.draw();
    canvas::paint(canvas, &drawing.shapes);
}
