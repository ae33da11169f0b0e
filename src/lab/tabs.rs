//! Which panels there is room for, and the tabs for those that share a place.

use crate::hooks::{use_after, use_value};
use crate::text::t;
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// How much room the window has. The widths are those of synod.css.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Every panel at once.
    Wide,
    /// Stage and logs; the rest in tabs.
    Middle,
    /// One column; all panels in tabs.
    Phone,
}

const PHONE: &str = "(max-width: 700px)";
const MIDDLE: &str = "(max-width: 1199.98px)";

impl Layout {
    fn now() -> Layout {
        let matches = |query| {
            let found = gloo::utils::window().match_media(query);
            found.ok().flatten().is_some_and(|list| list.matches())
        };
        if matches(PHONE) {
            Layout::Phone
        } else if matches(MIDDLE) {
            Layout::Middle
        } else {
            Layout::Wide
        }
    }

    /// The panels that take turns.
    pub fn tabs(self) -> &'static [Tab] {
        match self {
            Layout::Wide => &[],
            Layout::Middle => &[Tab::Inspector, Tab::Events, Tab::Clients],
            Layout::Phone => &[Tab::Inspector, Tab::Logs, Tab::Events, Tab::Clients],
        }
    }
}

/// The room that the window has, kept up to date.
#[hook]
pub fn use_layout() -> Layout {
    let layout = use_value(Layout::now);
    let kept = layout.clone();
    use_after(&[], move || {
        let listeners: Vec<EventListener> = [PHONE, MIDDLE]
            .into_iter()
            .filter_map(|query| gloo::utils::window().match_media(query).ok().flatten())
            .map(|list| {
                let kept = kept.clone();
                EventListener::new(&list, "change", move |_| kept.set(Layout::now()))
            })
            .collect();
        listeners
    });
    *layout
}

/// A panel that may share its place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Inspector,
    Logs,
    Events,
    Clients,
}

impl Tab {
    pub fn label(self) -> &'static str {
        match self {
            Tab::Inspector => t("tab.inspector"),
            Tab::Logs => t("tab.logs"),
            Tab::Events => t("tab.events"),
            Tab::Clients => t("tab.clients"),
        }
    }

    pub fn tab_id(self) -> &'static str {
        match self {
            Tab::Inspector => "tab-inspector",
            Tab::Logs => "tab-logs",
            Tab::Events => "tab-events",
            Tab::Clients => "tab-clients",
        }
    }

    pub fn panel_id(self) -> &'static str {
        match self {
            Tab::Inspector => "panel-inspector",
            Tab::Logs => "panel-logs",
            Tab::Events => "panel-events",
            Tab::Clients => "panel-clients",
        }
    }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub layout: Layout,
    pub chosen: Tab,
    pub on_choose: Callback<Tab>,
}

/// The row of tabs; empty where every panel has room.
#[component]
pub fn Tabs(props: &Props) -> Html {
    let tabs = props.layout.tabs();
    let position = tabs
        .iter()
        .position(|tab| *tab == props.chosen)
        .unwrap_or(0);
    let onkeydown = {
        let on_choose = props.on_choose.clone();
        Callback::from(move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "ArrowRight" => (position + 1) % tabs.len(),
                "ArrowLeft" => (position + tabs.len() - 1) % tabs.len(),
                "Home" => 0,
                "End" => tabs.len() - 1,
                _ => return,
            };
            event.prevent_default();
            on_choose.emit(tabs[next]);
            focus(tabs[next].tab_id());
        })
    };
    let buttons = tabs.iter().map(|tab| {
        let tab = *tab;
        let onclick = props.on_choose.reform(move |_: MouseEvent| tab);
        let chosen = tab == props.chosen;
        view! {
            <button
                key={tab.tab_id()}
                id={tab.tab_id()}
                class="tab"
                role="tab"
                aria-selected={chosen.to_string()}
                aria-controls={tab.panel_id()}
                tabindex={if chosen { "0" } else { "-1" }}
                {onclick}
            >
                { tab.label() }
            </button>
        }
    });
    view! {
        <div class="tabs" role="tablist" aria-label={t("tab.list")} hidden={tabs.is_empty()}
            {onkeydown}>
            { for buttons }
        </div>
    }
}

fn focus(id: &str) {
    if let Some(element) = gloo::utils::document().get_element_by_id(id)
        && let Some(element) = element.dyn_ref::<web_sys::HtmlElement>()
    {
        let _ = element.focus();
    }
}
