//! A run on its way: as a link, as a file, and kept for the next visit.

pub mod dialog;
pub mod files;
mod keep;
mod picture;
mod save;

use crate::model::{Handle, Model};
use crate::text::{t, tf};
use gloo::events::EventListener;
use gloo::utils::window;
use synod_share::{KEY, LinkError, Shared, decode, encode, share};

pub use keep::{forget, keep_up, kept};

/// The run's whole address: this page's, and behind it the link.
///
/// # Errors
/// A sentence, if the run is too long for a link.
pub fn address(model: &Model) -> Result<String, String> {
    let mut shared = share(model.history());
    shared.beside = model.twin.as_ref().map(|twin| twin.contrast.clone());
    let link = encode(&shared).map_err(|why| say(&why))?;
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    let path = location.pathname().unwrap_or_default();
    Ok([&origin, &path, "#", KEY, &link].concat())
}

fn say(why: &LinkError) -> String {
    tf(why.id, &why.operands)
}

/// What the page's address asks to open.
fn asked() -> Option<Result<Shared, LinkError>> {
    let hash = window().location().hash().ok()?;
    hash.trim_start_matches('#')
        .starts_with(KEY)
        .then(|| decode(&hash))
}

/// Opens what the address asks for, or what was kept at the last visit. Afterwards too, whenever
/// the address changes.
pub fn begin(handle: &Handle) {
    if !open_asked(handle)
        && let Some((shared, others)) = kept()
    {
        handle.update(|model| {
            if model.open_kept(shared, others).is_ok() {
                model.say(t("share.restored").to_string());
            }
        });
    }
    let listener = {
        let handle = handle.clone();
        EventListener::new(&window(), "hashchange", move |_| {
            open_asked(&handle);
        })
    };
    listener.forget();
    keep_up(handle);
}

fn open_asked(handle: &Handle) -> bool {
    let Some(asked) = asked() else { return false };
    handle.update(|model| open(model, asked));
    // Whoever reloads the page wants to go on where they were.
    if let Ok(history) = window().history() {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        let search = location.search().unwrap_or_default();
        let place = [path, search].concat();
        let nothing = wasm_bindgen::JsValue::NULL;
        let _ = history.replace_state_with_url(&nothing, "", Some(&place));
    }
    true
}

/// Opens a link's run, or says what is wrong with it; the run that was there stays then.
pub fn open(model: &mut Model, link: Result<Shared, LinkError>) {
    let opened = link
        .map_err(|why| say(&why))
        .and_then(|shared| model.open_shared(shared));
    if let Err(why) = opened {
        model.say(why);
    }
}
