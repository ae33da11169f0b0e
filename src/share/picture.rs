//! The stage as a picture of points.

use super::save;
use crate::model::Model;
use crate::text;
use crate::timeline::canvas;
use gloo::utils::{document, document_element, window};
use synod_scene::picture::picture;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Blob, HtmlCanvasElement};

/// Its width and height, and how many points each pixel has.
const SIZE: (f64, f64) = (960.0, 640.0);
const SHARPNESS: f64 = 2.0;

/// Whether the page is dark now.
pub fn is_dark() -> bool {
    let prefers = window().match_media("(prefers-color-scheme: dark)");
    let prefers = prefers.ok().flatten().is_some_and(|list| list.matches());
    match document_element().get_attribute("data-theme").as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => prefers,
    }
}

/// Saves the stage as it is now as a PNG.
pub fn save_png(model: &Model) {
    let made = document().create_element("canvas").ok();
    let Some(made) = made.and_then(|made| made.dyn_into::<HtmlCanvasElement>().ok()) else {
        return;
    };
    let shapes = picture(model.run().as_view(), SIZE.0, SIZE.1, text::catalogue());
    canvas::paint_at(&made, SIZE, SHARPNESS, &shapes);
    let save = Closure::once(|blob: Option<Blob>| {
        if let Some(blob) = blob {
            save::blob("synod-run.png", &blob);
        }
    });
    let _ = made.to_blob(save.as_ref().unchecked_ref());
    save.forget();
}
