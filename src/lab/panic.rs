//! When the page itself breaks: what happened, the scenario to copy, and how to go on.

use crate::model::Handle;
use crate::text::t;
use gloo::timers::callback::Timeout;
use std::cell::{Cell, RefCell};
use synod_sim::export::to_toml;
use yew::prelude::Callback;

thread_local! {
    /// The scenario as it was after the last action. The model itself may be out of reach when a
    /// panic strikes in the middle of a change.
    static SCENARIO: RefCell<String> = const { RefCell::new(String::new()) };
    /// What that text was made of: the run, and the number of its actions.
    static KEPT: Cell<(u64, usize)> = const { Cell::new((u64::MAX, 0)) };
}

/// Shows the overlay instead of a dead page.
pub fn install() {
    yew::set_custom_panic_hook(Box::new(|info| show(&info.to_string())));
}

/// Keeps the scenario's text up to date, as long as the page lives.
pub fn remember(handle: &Handle) {
    let keep = {
        let handle = handle.clone();
        move |()| {
            let model = handle.read();
            let scenario = model.run().scenario();
            let now = (model.generation, scenario.script.len());
            if KEPT.replace(now) != now {
                SCENARIO.set(to_toml(scenario));
            }
        }
    };
    keep(());
    std::mem::forget(handle.subscribe(Callback::from(keep)));
}

/// Shows what happened. Only the first report counts: others follow from it.
pub fn show(reason: &str) {
    let document = gloo::utils::document();
    let Some(overlay) = document.get_element_by_id("panic") else {
        return;
    };
    if !overlay.has_attribute("hidden") {
        return;
    }
    let fill = |id: &str, text: &str| {
        if let Some(element) = document.get_element_by_id(id) {
            element.set_text_content(Some(text));
        }
    };
    fill("panic-title", t("panic.title"));
    fill("panic-intro", t("panic.intro"));
    fill("panic-reason", reason);
    fill("panic-copy", t("panic.copy"));
    fill("panic-again", t("panic.again"));
    let scenario = SCENARIO.try_with(|text| text.try_borrow().map(|text| text.clone()));
    fill(
        "panic-scenario",
        &scenario.ok().and_then(Result::ok).unwrap_or_default(),
    );
    let _ = overlay.remove_attribute("hidden");
}

/// Whether the page's address asks for a panic, so that the overlay can be tried.
pub fn is_asked_for(search: &str) -> bool {
    search == "?try=panic"
}

/// Panics once the page has been drawn.
pub fn provoke() {
    Timeout::new(100, || panic!("{}", t("panic.asked_for"))).forget();
}
