//! The run is kept in this browser, so that it survives a reload. Nothing leaves the machine.

use crate::model::Handle;
use gloo::events::EventListener;
use gloo::utils::{document, window};
use synod_share::{Shared, decode, encode};
use synod_sim::history::BranchId;

const STORED: &str = "synod-run";

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// The run that was kept, and its other branches, if it still opens.
pub fn kept() -> Option<(Shared, Vec<Shared>)> {
    let links = storage()?.get_item(STORED).ok()??;
    let mut runs = links.lines().map(decode);
    let first = runs.next()?.ok()?;
    Some((first, runs.filter_map(Result::ok).collect()))
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
        let history = model.history();
        let here = history.branch();
        let mut branches: Vec<BranchId> = history.branches().iter().map(|b| b.id).collect();
        // The branch that is shown comes first.
        branches.sort_by_key(|id| *id != here);
        let link = |id: &BranchId| {
            let (scenario, events) = history.branch_run(*id)?;
            let position = if *id == here {
                history.position()
            } else {
                events
            };
            let mut shared = Shared::new((*scenario).clone(), position, Vec::new());
            let twin = model.twin.as_ref().filter(|_| *id == here);
            shared.beside = twin.map(|twin| twin.contrast.clone());
            encode(&shared).ok()
        };
        let links: Vec<String> = branches.iter().filter_map(link).collect();
        if let Some(storage) = storage() {
            let _ = storage.set_item(STORED, &links.join("\n"));
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
