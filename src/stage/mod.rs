//! The stage: servers on a ring, the links between them, and the messages on their way.
//!
//! Three layers lie on one another: links and bands in SVG, messages on a canvas, nodes in SVG.
//! Yew keeps the elements that can be focused and the overlays; [`painter::Painter`] draws what
//! changes from frame to frame into elements that Yew leaves empty.

mod gesture;
pub mod items;
mod legend;
mod link_painter;
mod menu;
mod node_painter;
mod painter;
mod pills;
pub mod svg;
mod tile_painter;
pub mod twin;
mod words;

use crate::frame;
use crate::hooks::{use_after, use_once};
use crate::model::{Handle, Selection, use_model};
use crate::text::t;
use crate::view::part;
use gesture::Gesture;
use gloo::events::EventListener;
use gloo::utils::window;
use legend::legend;
use menu::StageMenu;
use painter::{Hosts, Painter};
use pills::pills;
use std::rc::Rc;
use synod_protocols::NodeId;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlCanvasElement, MediaQueryList, ResizeObserver};
use yew::prelude::*;

/// Opens the menu of a node, a link or a message, as a key may.
pub fn open_menu(handle: &Handle, target: Selection) {
    handle.update(|model| model.open_menu(target));
}

/// Closes the open menu; false if there was none.
pub fn close_menu(handle: &Handle) -> bool {
    let open = handle.read().menu.is_some();
    if open {
        handle.update(|model| model.close_menu());
    }
    open
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

/// The stage with everything on it.
#[component]
pub fn Stage(props: &Props) -> Html {
    let handle = &props.handle;
    let painter = use_once(Painter::new);
    let stage = use_node_ref();
    use_after(&[], {
        let (stage, painter, handle) = (stage.clone(), painter.clone(), handle.clone());
        move || {
            let stage = stage.cast::<Element>();
            Mounted {
                parts: stage.and_then(|stage| watch(&stage, &painter, &handle)),
                painter,
            }
        }
    });
    let painter = Painted(painter);
    let front = FrontProps {
        handle: handle.clone(),
        painter: painter.clone(),
    };
    let menu = menu::Props {
        handle: handle.clone(),
        painter,
    };
    view! {
        <div class="stage" ref={stage} data-density="full">
            <svg key="back" class="layer back" aria-hidden="true"></svg>
            <canvas key="canvas" aria-hidden="true"></canvas>
            { part::<Front>("front", front) }
            { part::<StageMenu>("menu", menu) }
        </div>
    }
}

/// The painter as a property; there is one for each stage.
#[derive(Clone)]
pub struct Painted(pub Rc<Painter>);

impl PartialEq for Painted {
    fn eq(&self, other: &Painted) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Properties, PartialEq)]
struct FrontProps {
    handle: Handle,
    painter: Painted,
}

/// The layer that takes the pointer, with one focusable group for each node, and what lies on it.
#[component]
fn Front(props: &FrontProps) -> Html {
    use_model(&props.handle);
    let model = props.handle.read();
    let n = model.run().scenario().nodes;
    let gesture = use_once(|| Gesture::new(props.handle.clone(), Rc::clone(&props.painter.0)));
    let on = |act: fn(&Gesture, &PointerEvent)| {
        let gesture = gesture.clone();
        Callback::from(move |event: PointerEvent| act(&gesture, &event))
    };
    let onclick = {
        let gesture = gesture.clone();
        Callback::from(move |event: MouseEvent| gesture.click(&event))
    };
    view! {
        <>
            <svg key="front" class="layer front" role="group" aria-label={t("stage.name")}
                onpointerdown={on(Gesture::down)} onpointermove={on(Gesture::moved)}
                onpointerup={on(Gesture::up)} onpointercancel={on(|gesture, _| gesture.cancel())}
                onpointerleave={on(|gesture, _| gesture.leave())} {onclick}>
                <g class="clients" aria-hidden="true">
                    <circle r="30" />
                    <path d="M-12 -9H12V6H-12ZM-5 11H5M0 6V11" />
                    <text y="23">{ t("stage.clients") }</text>
                </g>
                <g class="nodes">
                    { for (0..n).map(|k| node_group(NodeId::at(k), &gesture)) }
                </g>
                <path class="old-cuts" />
                <path class="cut-line" />
            </svg>
            { pills(&props.handle, &model) }
            { legend(&model) }
        </>
    }
}

fn node_group(node: NodeId, gesture: &Rc<Gesture>) -> Html {
    let onkeydown = {
        let gesture = gesture.clone();
        Callback::from(move |event: KeyboardEvent| {
            if matches!(event.key().as_str(), "Enter" | " ") {
                event.prevent_default();
                event.stop_propagation();
                gesture.open_node(node);
            }
        })
    };
    let onclick = {
        let gesture = gesture.clone();
        Callback::from(move |event: MouseEvent| {
            // A press by pointer is the gesture's; this one came from an aid such as a reader.
            if event.detail() == 0 {
                event.stop_propagation();
                gesture.open_node(node);
            }
        })
    };
    view! {
        <g key={node.index()} class="server">
            <g class="node" id={node.to_string()} role="button" tabindex="0"
                aria-haspopup="menu" {onkeydown} {onclick}></g>
        </g>
    }
}

/// A stage that is part of the page. Its painter rests when it is gone.
struct Mounted {
    parts: Option<Watched>,
    painter: Rc<Painter>,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.parts = None;
        frame::set_painter(frame::Seat::First, None);
        self.painter.unmount();
    }
}

/// What must live as long as the stage is mounted.
struct Watched {
    _schemes: [(MediaQueryList, EventListener); 2],
    observer: ResizeObserver,
    _resized: Closure<dyn FnMut()>,
    _told: crate::model::Subscription,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

fn media(query: &str) -> Option<MediaQueryList> {
    window().match_media(query).ok().flatten()
}

/// Hands the stage's elements to the painter, and tells it when size, colours or wishes change.
fn watch(stage: &Element, painter: &Rc<Painter>, handle: &Handle) -> Option<Watched> {
    let find = |what: &str| stage.query_selector(what).ok().flatten();
    let hosts = Hosts {
        stage: stage.clone(),
        back: find(".back")?,
        canvas: find("canvas")?.dyn_into::<HtmlCanvasElement>().ok()?,
        nodes: find(".nodes")?,
        clients: find(".clients")?,
        cut_line: find(".cut-line")?,
        old_cuts: find(".old-cuts")?,
    };
    let calm = media("(prefers-reduced-motion: reduce)")?;
    let dark = media("(prefers-color-scheme: dark)")?;
    painter.mount(hosts, calm.matches());
    let refresh = {
        let (painter, calm) = (painter.clone(), calm.clone());
        move || painter.refresh(calm.matches())
    };
    let resized = Closure::<dyn FnMut()>::new(refresh.clone());
    let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok()?;
    observer.observe(stage);
    let moved = EventListener::new(&calm, "change", move |_| refresh());
    let recoloured = {
        let painter = painter.clone();
        EventListener::new(&dark, "change", move |_| {
            painter.restyle();
            frame::request();
        })
    };
    let told = handle.subscribe({
        let painter = painter.clone();
        let theme = std::cell::RefCell::new(None);
        Callback::from(move |()| {
            let now = gloo::utils::document_element().get_attribute("data-theme");
            if *theme.borrow() != now {
                *theme.borrow_mut() = now;
                painter.restyle();
            }
        })
    });
    frame::set_painter(frame::Seat::First, Some(painter.clone()));
    let schemes = [(calm, moved), (dark, recoloured)];
    Some(Watched {
        _schemes: schemes,
        observer,
        _resized: resized,
        _told: told,
    })
}
