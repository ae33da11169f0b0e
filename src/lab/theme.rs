//! Light or dark: by the system's setting, or by the reader's choice, which this browser keeps.

use crate::hooks::use_value;
use crate::lab::icon::icon;
use crate::model::Handle;
use crate::text::{t, tf};
use yew::prelude::*;

const STORED: &str = "synod-theme";
const ATTRIBUTE: &str = "data-theme";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    fn stored() -> Theme {
        let value = storage().and_then(|storage| storage.get_item(STORED).ok().flatten());
        match value.as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Theme::System => t("theme.system"),
            Theme::Light => t("theme.light"),
            Theme::Dark => t("theme.dark"),
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Theme::System => "auto",
            Theme::Light => "sun",
            Theme::Dark => "moon",
        }
    }

    fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }

    /// Shows it and keeps it. A browser that stores nothing shows it all the same.
    fn apply(self) {
        let root = gloo::utils::document_element();
        let _ = match self {
            Theme::System => root.remove_attribute(ATTRIBUTE),
            Theme::Light | Theme::Dark => root.set_attribute(ATTRIBUTE, self.name()),
        };
        if let Some(storage) = storage() {
            let _ = storage.set_item(STORED, self.name());
        }
    }
}

/// Where the browser keeps things; some forbid even asking.
fn storage() -> Option<web_sys::Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

/// Shows the theme that was chosen last time. Called before anything is drawn.
pub fn restore() {
    let theme = Theme::stored();
    if theme != Theme::System {
        theme.apply();
    }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

/// The switch: system, light, dark, and round again.
#[component]
pub fn ThemeSwitch(props: &Props) -> Html {
    let theme = use_value(Theme::stored);
    let onclick = {
        let (theme, handle) = (theme.clone(), props.handle.clone());
        Callback::from(move |_: MouseEvent| {
            let next = theme.next();
            next.apply();
            theme.set(next);
            // The canvas takes its colours from the page.
            handle.notify();
        })
    };
    let label = tf("bar.theme", &[("theme", theme.label().to_string())]);
    view! {
        <button id="theme" aria-label={label.clone()} title={label} {onclick}>
            { icon(theme.icon()) }
        </button>
    }
}
