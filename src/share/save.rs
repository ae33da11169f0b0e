//! Files that the reader takes away.

use gloo::utils::document;
use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Saves a text as a file.
pub fn text(name: &str, kind: &str, content: &str) {
    let parts = Array::of1(&content.into());
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    if let Ok(made) = Blob::new_with_str_sequence_and_options(&parts, &options) {
        blob(name, &made);
    }
}

/// Saves what a blob holds as a file.
pub fn blob(name: &str, content: &Blob) {
    let Ok(address) = Url::create_object_url_with_blob(content) else {
        return;
    };
    let anchor = document().create_element("a").ok();
    if let Some(anchor) = anchor.and_then(|anchor| anchor.dyn_into::<HtmlAnchorElement>().ok()) {
        anchor.set_href(&address);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser reads it after this call.
    gloo::timers::callback::Timeout::new(60_000, move || {
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
}
