//! The run is kept in this browser, so that it survives a reload. Nothing leaves the machine.

use crate::model::Handle;
use gloo::events::EventListener;
use gloo::utils::{document, window};
use synod_share::{Shared, decode, encode};

const STORED: &str = "synod-run";

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// The run that was kept, if there is one that still opens.
pub fn kept() -> Option<Shared> {
    let link = storage()?.get_item(STORED).ok()??;
    decode(&link).ok()
}

/// Keeps nothing any more, until something is done again.
pub fn forget() {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(STORED);
    }
}

/// Keeps the run whenever the page may be about to go.
pub fn keep_up(handle: &Handle) {
    let keep = |handle: &Handle| {
        let model = handle.read();
        // A run to which nobody has done anything is not worth keeping.
        if !model.is_touched() {
            return;
        }
        let shared = Shared::new(
            model.run().scenario().clone(),
            model.history().position(),
            Vec::new(),
        );
        if let (Some(storage), Ok(link)) = (storage(), encode(&shared)) {
            let _ = storage.set_item(STORED, &link);
        }
    };
    let listener = {
        let handle = handle.clone();
        EventListener::new(&window(), "pagehide", move |_| keep(&handle))
    };
    listener.forget();
    let listener = {
        let handle = handle.clone();
        EventListener::new(&document(), "visibilitychange", move |_| {
            if document().hidden() {
                keep(&handle);
            }
        })
    };
    listener.forget();
}
