//! The page: a Yew application around Synod's engine.

#[macro_use]
mod view;

mod app;
mod frame;
mod hooks;
mod keys;
mod lab;
mod model;
mod palette;
mod setup;
mod share;
mod stage;
mod text;
mod timeline;
mod workbench;

use app::{App, Props};
use lab::bench::{self, Bench};
use lab::{panic, scenarios, theme};
use model::Handle;

fn main() {
    panic::install();
    theme::restore();
    let search = gloo::utils::window()
        .location()
        .search()
        .unwrap_or_default();
    let bench = Bench::asked(&search);
    match bench {
        Some(Bench::Engine) => return bench::engine(),
        Some(Bench::History) => return bench::history(),
        _ => {}
    }
    let handle = match scenarios::opening() {
        Ok(model) => Handle::new(model),
        Err(why) => return panic::show(&why),
    };
    if bench.is_none() {
        share::begin(&handle);
    }
    panic::remember(&handle);
    let Some(root) = gloo::utils::document().get_element_by_id("app") else {
        return;
    };
    let props = Props {
        handle: handle.clone(),
    };
    yew::Renderer::<App>::with_root_and_props(root, props).render();
    match bench {
        Some(Bench::Frames { nodes }) => bench::frames(&handle, nodes),
        Some(Bench::Idle) => bench::idle(&handle),
        Some(Bench::Engine | Bench::History) | None => {}
    }
    if panic::is_asked_for(&search) {
        panic::provoke();
    }
}
