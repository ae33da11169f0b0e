//! The page: bar, stage, transport and panels, and where each has room.

use crate::frame;
use crate::hooks::{use_after, use_once, use_value};
use crate::keys;
use crate::lab::bar::Bar;
use crate::lab::clients::Clients;
use crate::lab::events::Events;
use crate::lab::help::Help;
use crate::lab::inspector::Inspector;
use crate::lab::matrix::Matrix;
use crate::lab::narrator::Narrator;
use crate::lab::notice::Toast;
use crate::lab::safety::Safety;
use crate::lab::tabs::{Layout, Tab, Tabs, use_layout};
use crate::lab::transport::Transport;
use crate::lab::{
    bar, clients, events, help, inspector, matrix, narrator, notice, safety, tabs, transport,
};
use crate::model::Handle;
use crate::share::dialog::{self, Dialog, Sheet};
use crate::share::files::{self, Trouble};
use crate::stage::twin::{self, TwinStage};
use crate::stage::{self, Stage};
use crate::text::t;
use crate::timeline::diagram::Panel;
use crate::timeline::{self, Timeline};
use crate::view::{classes, part};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

#[component]
pub fn App(props: &Props) -> Html {
    let handle = &props.handle;
    let layout = use_layout();
    let tab = use_value(|| Tab::Inspector);
    let help = use_value(|| false);
    let sheet = use_value(|| Sheet::None);
    let set_sheet = |next: Sheet| {
        let sheet = sheet.clone();
        Callback::from(move |()| sheet.set(next.clone()))
    };
    let on_trouble = {
        let sheet = sheet.clone();
        Callback::from(move |trouble: Trouble| sheet.set(Sheet::Trouble(trouble)))
    };
    let on_open = {
        let (handle, on_trouble) = (handle.clone(), on_trouble.clone());
        Callback::from(move |()| files::choose(&handle, on_trouble.clone()))
    };
    let set_help = |open: bool| {
        let help = help.clone();
        Callback::from(move |()| help.set(open))
    };
    use_after(&[], {
        let (handle, on_help) = (handle.clone(), set_help(true));
        let on_setup = set_sheet(Sheet::Setup);
        move || {
            frame::start(&handle);
            (
                files::listen(&handle, on_trouble),
                keys::listen(&handle, on_help, on_setup),
            )
        }
    });
    let on_choose = use_once(|| {
        let tab = tab.clone();
        Callback::from(move |chosen: Tab| tab.set(chosen))
    });
    let chosen = if layout.tabs().contains(&tab) {
        *tab
    } else {
        Tab::Inspector
    };
    let on_choose = (*on_choose).clone();
    let on_setup = set_sheet(Sheet::Setup);
    let panel = |tab| panel(handle, layout, (tab, chosen), &on_setup);
    let bar = bar::Props {
        handle: handle.clone(),
        on_help: set_help(true),
        on_setup: set_sheet(Sheet::Setup),
        on_share: set_sheet(Sheet::Share),
        on_open: on_open.clone(),
    };
    let sheets = dialog::Props {
        handle: handle.clone(),
        sheet: (*sheet).clone(),
        on_close: set_sheet(Sheet::None),
        on_open,
    };
    view! {
        <div class="app">
            { part::<Bar>("bar", bar) }
            { part::<Safety>("safety", safety::Props { handle: handle.clone() }) }
            <main key="stage" class="stage-host" aria-label={t("stage.label")}>
                { part::<Stage>("stage", stage::Props { handle: handle.clone() }) }
                { part::<TwinStage>("twin", twin::Props { handle: handle.clone() }) }
            </main>
            { part::<Timeline>("timeline", timeline::Props { handle: handle.clone() }) }
            { part::<Transport>("transport", transport::Props { handle: handle.clone() }) }
            { part::<Panel>("spacetime", timeline::Props { handle: handle.clone() }) }
            <div key="panels" class="panels" role="region" aria-label={t("tab.list")}>
                { part::<Tabs>("tabs", tabs::Props { layout, chosen, on_choose }) }
                { panel(Tab::Inspector) }
                { panel(Tab::Logs) }
                { panel(Tab::Events) }
                { panel(Tab::Clients) }
            </div>
            { part::<Toast>("toast", notice::Props { handle: handle.clone() }) }
            { part::<Narrator>("narrator", narrator::Props { handle: handle.clone() }) }
            { part::<Dialog>("sheet", sheets) }
            { part::<Help>("help", help::Props { open: *help, on_close: set_help(false) }) }
        </div>
    }
}

/// A panel in its place: always there where it has room of its own, else when its tab is chosen.
fn panel(
    handle: &Handle,
    layout: Layout,
    (tab, chosen): (Tab, Tab),
    on_setup: &Callback<()>,
) -> Html {
    let in_tabs = layout.tabs().contains(&tab);
    let shown = !in_tabs || tab == chosen;
    let handle = handle.clone();
    let content = match tab {
        Tab::Inspector => {
            let on_setup = on_setup.clone();
            let props = inspector::Props {
                handle,
                shown,
                on_setup,
            };
            part::<Inspector>("inspector", props)
        }
        Tab::Logs => part::<Matrix>("matrix", matrix::Props { handle, shown }),
        Tab::Events => part::<Events>("events", events::Props { handle, shown }),
        Tab::Clients => part::<Clients>("clients", clients::Props { handle, shown }),
    };
    view! {
        <section
            key={tab.panel_id()}
            id={tab.panel_id()}
            class={classes(&["panel", tab.panel_id()])}
            role={in_tabs.then_some("tabpanel")}
            aria-label={tab.label()}
            hidden={!shown}
        >
            { content }
        </section>
    }
}
