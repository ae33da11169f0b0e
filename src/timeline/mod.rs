//! The run's time: a strip to scrub on, ways to jump, branches, and the space-time diagram.

mod branches;
pub mod canvas;
pub mod clock;
pub mod diagram;
mod jump;

use crate::hooks::{use_after, use_once};
use crate::lab::icon::icon;
use crate::lab::transport::group;
use crate::model::{Handle, Model, use_model};
use crate::text::{show_clock, t, tf};
use crate::view::part;
use branches::Branches;
use gloo::events::EventListener;
use jump::Jump;
use std::cell::Cell;
use synod_scene::{Span, Timeline as Scene};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

pub use jump::{Target, jump};

/// How far the strip keeps from its edges.
const MARGIN: f64 = 10.0;
/// How often the strip is drawn anew while the run plays, in real microseconds.
const REDRAWN_EVERY_US: u64 = 400_000;
/// The shortest stretch to which one can zoom.
const SHORTEST_US: u64 = 20_000;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

/// The strip under the stage, and what belongs to it.
#[component]
pub fn Timeline(props: &Props) -> Html {
    use_model(&props.handle);
    let handle = &props.handle;
    let diagram = handle.read().diagram;
    let toggle = press(handle, |model| model.diagram = !model.diagram);
    let parts = || Props {
        handle: handle.clone(),
    };
    view! {
        <section key="timeline" class="timeline" aria-label={t("timeline.label")}>
            { part::<Strip>("strip", parts()) }
            <div key="tools" class="timeline-tools">
                { part::<Jump>("jump", parts()) }
                { part::<Branches>("branches", parts()) }
                { undo_buttons(handle, &handle.read()) }
                { zoom(handle) }
                <button key="diagram" id="diagram" aria-pressed={diagram.to_string()}
                    title={t("timeline.diagram.title")} onclick={toggle}>
                    { icon("diagram") }
                    <span class="label">{ t("timeline.diagram") }</span>
                </button>
            </div>
        </section>
    }
}

/// A click that changes the model.
pub fn press(handle: &Handle, change: fn(&mut Model)) -> Callback<MouseEvent> {
    let handle = handle.clone();
    Callback::from(move |_| handle.update(change))
}

/// Taking back what was done by hand, doing it again, and going to the latest moment.
fn undo_buttons(handle: &Handle, model: &Model) -> Html {
    let history = model.history();
    let nothing = history.undoable().is_none();
    view! {
        <span key="undo" class="pair" role="group" aria-label={t("transport.undo")}>
            <button key="undo" id="undo" aria-label={t("transport.undo")} title={t("transport.undo")}
                disabled={nothing} onclick={press(handle, Model::undo)}>{ icon("undo") }</button>
            <button key="redo" id="redo" aria-label={t("transport.redo")} title={t("transport.redo")}
                disabled={!history.can_redo()} onclick={press(handle, Model::redo)}>
                { icon("redo") }
            </button>
            <button key="present" id="present" aria-label={t("transport.present")}
                title={t("transport.present")} hidden={!history.in_past()}
                onclick={press(handle, Model::seek_end)}>{ icon("present") }</button>
        </span>
    }
}

fn zoom(handle: &Handle) -> Html {
    let model = handle.read();
    let whole = model.zoom.is_none();
    view! {
        <span key="zoom" class="pair zoom" role="group" aria-label={t("timeline.zoom")}>
            <button key="out" id="zoom-out" aria-label={t("timeline.zoom.out")}
                title={t("timeline.zoom.out")} disabled={whole}
                onclick={press(handle, |model| zoom_by(model, false))}>{ icon("minus") }</button>
            <button key="in" id="zoom-in" aria-label={t("timeline.zoom.in")}
                title={t("timeline.zoom.in")}
                onclick={press(handle, |model| zoom_by(model, true))}>{ icon("plus") }</button>
        </span>
    }
}

/// Shows a half, or twice, of what the strip shows, around the present moment.
fn zoom_by(model: &mut Model, closer: bool) {
    let end = model.history().end_us().max(1);
    let (from, to) = shown(model);
    let length = to - from;
    let wanted = if closer { length / 2 } else { length * 2 };
    let wanted = wanted.max(SHORTEST_US);
    if wanted >= end {
        model.zoom = None;
        return;
    }
    let now = model.run().now();
    let from = now.saturating_sub(wanted / 2).min(end - wanted);
    model.zoom = Some((from, from + wanted));
}

/// What the strip shows: everything, or the stretch that was zoomed to, moved along with the
/// present moment.
fn shown(model: &Model) -> (u64, u64) {
    let end = model.history().end_us().max(1);
    let Some((from, to)) = model.zoom else {
        return (0, end);
    };
    let (length, now) = (to - from, model.run().now());
    if (from..=to).contains(&now) {
        return (from, to);
    }
    let from = now.saturating_sub(length * 4 / 5);
    (from, from + length)
}

fn now_us() -> u64 {
    let performance = gloo::utils::window().performance();
    performance.map_or(0, |performance| (performance.now() * 1_000.0) as u64)
}

/// Renders again when the window has another size; counted up each time.
#[hook]
fn use_resized() -> u64 {
    let times = use_once(|| Cell::new(0));
    let redraw = use_force_update();
    use_after(&[], {
        let times = times.clone();
        move || {
            let window = gloo::utils::window();
            EventListener::new(&window, "resize", move |_| {
                times.set(times.get() + 1);
                redraw.force_update();
            })
        }
    });
    times.get()
}

/// The strip itself: a slider over the time of this branch.
#[component]
fn Strip(props: &Props) -> Html {
    let revision = use_model(&props.handle);
    let handle = &props.handle;
    let canvas = use_node_ref();
    let pressed = use_once(|| Cell::new(false));
    let resized = use_resized();
    let drawn_us = use_once(|| Cell::new(0_u64));
    use_after(&[revision, resized], {
        let (canvas, handle, drawn_us) = (canvas.clone(), handle.clone(), drawn_us.clone());
        move || {
            let model = handle.read();
            let now_us = now_us();
            // While it plays, the strip need not follow every tick of the panels.
            if !model.playing || now_us.abs_diff(drawn_us.get()) >= REDRAWN_EVERY_US {
                drawn_us.set(now_us);
                draw(&canvas, &model);
            }
        }
    });
    let scrub = {
        let (handle, canvas) = (handle.clone(), canvas.clone());
        move |event: &PointerEvent| {
            if let Some((width, _)) = canvas::size(&canvas)
                && let Some(element) = canvas.cast::<Element>()
            {
                let x = f64::from(event.client_x()) - element.get_bounding_client_rect().left();
                handle.update(|model| {
                    let (from, to) = shown(model);
                    let time = Span::new(from, to, MARGIN, width - MARGIN).time(x);
                    model.seek_time(time);
                });
            }
        }
    };
    let onpointerdown = {
        let (pressed, scrub) = (pressed.clone(), scrub.clone());
        Callback::from(move |event: PointerEvent| {
            if event.button() != 0 {
                return;
            }
            pressed.set(true);
            let target = event.target();
            if let Some(target) = target.and_then(|target| target.dyn_into::<Element>().ok()) {
                let _ = target.set_pointer_capture(event.pointer_id());
            }
            scrub(&event);
        })
    };
    let onpointermove = {
        let pressed = pressed.clone();
        Callback::from(move |event: PointerEvent| {
            if pressed.get() {
                scrub(&event);
            }
        })
    };
    let release = Callback::from(move |_: PointerEvent| pressed.set(false));
    let onkeydown = {
        let handle = handle.clone();
        Callback::from(move |event: KeyboardEvent| {
            let change: fn(&mut Model) = match event.key().as_str() {
                "Home" => |model| model.seek(0),
                "End" => Model::seek_end,
                "PageUp" => |model| jump(model, Target::Milestone, true),
                "PageDown" => |model| jump(model, Target::Milestone, false),
                _ => return,
            };
            event.prevent_default();
            handle.update(change);
        })
    };
    let model = handle.read();
    let (now, end) = (model.run().now(), model.history().end_us());
    let operands = [
        ("event", group(model.history().position())),
        ("of", group(model.history().len())),
        ("time", show_clock(now)),
    ];
    view! {
        <div key="strip" class="strip" role="slider" tabindex="0" id="strip"
            aria-label={t("timeline.slider")} aria-valuemin="0"
            aria-valuemax={(end / 1_000).to_string()} aria-valuenow={(now / 1_000).to_string()}
            aria-valuetext={tf("timeline.value", &operands)} {onkeydown} {onpointerdown}
            {onpointermove} onpointerup={release.clone()} onpointercancel={release}>
            <canvas ref={canvas} aria-hidden="true"></canvas>
        </div>
    }
}

fn draw(canvas: &NodeRef, model: &Model) {
    let Some((width, height)) = canvas::size(canvas) else {
        return;
    };
    let (from, to) = shown(model);
    let forks = branches::forks(model);
    let scene = Scene {
        index: model.history().index(),
        span: Span::new(from, to, MARGIN, width - MARGIN),
        height,
        now_us: model.run().now(),
        forks: &forks,
        whole_us: model.zoom.map(|_| model.history().end_us()),
    };
    canvas::paint(canvas, &scene.shapes());
}
