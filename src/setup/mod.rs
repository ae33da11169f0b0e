//! The sheet in which a run is set up: protocol, servers, quorums, rules; it opens as another run.

mod controls;
mod draft;
mod options;
mod quorums;
mod ring;
mod systems;
#[cfg(test)]
mod tests;
mod verdict;

use crate::hooks::{State, use_once, use_value};
use crate::lab::icon::icon;
use crate::model::{Aspect, Handle, Model};
use crate::share::dialog::head;
use crate::text::{t, tf, tn};
use crate::view::{Held, classes};
use controls::{Slider, choices, slider, value_of};
use draft::Draft;
use std::rc::Rc;
use std::sync::Arc;
use synod_protocols::registry;
use synod_sim::Contrast;
use verdict::{Verdict, judge};
use wasm_bindgen::JsValue;
use yew::prelude::*;

/// The sizes of cluster that the page offers.
pub const SIZES: std::ops::RangeInclusive<usize> = 3..=9;

/// The draft on which the sheet works, and how its controls change it.
#[derive(Clone)]
pub struct Desk {
    draft: Rc<Draft>,
    place: State<Option<Draft>>,
}

impl Desk {
    /// Changes the draft by what a control says.
    pub fn change(&self, change: impl Fn(&mut Draft, String) + 'static) -> Callback<String> {
        let desk = self.clone();
        Callback::from(move |said| {
            let mut draft = (*desk.draft).clone();
            change(&mut draft, said);
            desk.place.set(Some(draft));
        })
    }

    /// Changes the draft at a click.
    pub fn on_click(&self, change: impl Fn(&mut Draft) + 'static) -> Callback<MouseEvent> {
        self.change(move |draft, _| change(draft))
            .reform(|_: MouseEvent| String::new())
    }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    pub close: Callback<MouseEvent>,
}

#[component]
pub fn Setup(props: &Props) -> Html {
    let first = use_once(|| {
        let model = props.handle.read();
        Draft::of(Arc::clone(model.run().scenario_shared()))
    });
    let place = use_value(|| None::<Draft>);
    let draft = match &*place {
        Some(draft) => Rc::new(draft.clone()),
        None => first,
    };
    let desk = Desk { draft, place };
    let verdict = judge(&desk.draft);
    view! {
        <div class="setup-sheet">
            <div key="head" class="setup-head">
                { head(t("setup.title").to_string(), props.close.clone()) }
            </div>
            <div key="body" class="setup-body">
                <p key="about" class="setup-about">{ t("setup.about") }</p>
                { cluster(&desk) }
                { quorums::section(&desk, &verdict) }
                { options::sections(&desk) }
            </div>
            { foot(props, &desk, &verdict) }
        </div>
    }
}

/// Which protocol, and how many servers.
fn cluster(desk: &Desk) -> Html {
    let draft = &desk.draft;
    let protocols = registry::ALL
        .iter()
        .map(|about| (about.name.to_string(), about.title.to_string()));
    let protocol = choices(
        "setup-protocol".into(),
        t("setup.protocol").to_string(),
        protocols,
        draft.about().name,
        desk.change(|draft, name| draft.choose_protocol(&name)),
    );
    let n = draft.nodes();
    let servers = slider(
        Slider {
            id: "setup-nodes".into(),
            name: t("setup.nodes").to_string(),
            label: t("setup.nodes").to_string(),
            least: *draft.sizes().start() as u64,
            most: *draft.sizes().end() as u64,
            value: n as u64,
            shown: tn("setup.nodes.n", n),
        },
        desk.change(|draft, said| {
            if let Ok(nodes) = said.parse() {
                draft.choose_nodes(nodes);
            }
        }),
    );
    view! {
        <section key="cluster" class="setup-section">
            <h3 class="kick">{ t("setup.cluster") }</h3>
            <div class="setup-cluster">
                { protocol }
                { servers }
            </div>
        </section>
    }
}

/// What is to be said of it all, and the buttons that run it.
fn foot(props: &Props, desk: &Desk, verdict: &Verdict) -> Html {
    let (tone, said) = said(&desk.draft, verdict);
    let mark = if tone == "sound" { "check" } else { "warn" };
    let has_before = props.handle.read().has_before();
    view! {
        <div key="foot" class="setup-foot">
            <p id="setup-verdict" role="status" class={classes(&["verdict", tone])}>
                { icon(mark) }
                <span>{ said }</span>
            </p>
            { keep(desk) }
            <div class="setup-buttons">
                <button id="setup-back" hidden={!has_before} onclick={back(props)}>
                    { icon("undo") }
                    <span>{ t("setup.back") }</span>
                </button>
                <button id="setup-beside" disabled={verdict.refused.is_some()}
                    title={t("setup.beside.title")} onclick={beside(props, desk)}>
                    { icon("beside") }
                    <span>{ t("setup.beside") }</span>
                </button>
                <button id="setup-run" class="primary" disabled={verdict.refused.is_some()}
                    onclick={run(props, desk)}>
                    { icon("play") }
                    <span>{ t("setup.run") }</span>
                </button>
            </div>
        </div>
    }
}

/// In what tone, and what.
fn said(draft: &Draft, verdict: &Verdict) -> (&'static str, String) {
    if let Some(why) = &verdict.refused {
        return ("refused", tf("setup.refused", &[("why", why.clone())]));
    }
    let off = draft
        .options()
        .filter(|(option, _)| draft.is_mistake(*option))
        .count();
    let mut said = Vec::new();
    if verdict.is_unsafe() {
        said.push(t("setup.unsafe").to_string());
    }
    if off > 0 {
        said.push(tn("setup.rules_off", off));
    }
    if said.is_empty() {
        return ("sound", t("setup.sound").to_string());
    }
    said.push(t("setup.all_the_same").to_string());
    ("doubtful", said.join(" "))
}

/// Whether the run's actions are done again; nothing if it has none.
fn keep(desk: &Desk) -> Html {
    let draft = &desk.draft;
    let n = draft.actions();
    let id = if draft.is_same_cluster() {
        "setup.keep"
    } else {
        "setup.keep.some"
    };
    let keeps = draft.keeps();
    let onchange = desk
        .change(move |draft, _| draft.keep(!keeps))
        .reform(|event: Event| value_of(&event));
    view! {
        <label class="setup-keep" hidden={n == 0}>
            <input id="setup-keep" type="checkbox" checked={Held(JsValue::from_bool(keeps))}
                {onchange} />
            <span>{ tn(id, n) }</span>
        </label>
    }
}

fn run(props: &Props, desk: &Desk) -> Callback<MouseEvent> {
    let (handle, close) = (props.handle.clone(), props.close.clone());
    let draft = Rc::clone(&desk.draft);
    Callback::from(move |event: MouseEvent| {
        let opened = handle.update(|model| {
            let opened = draft
                .scenario()
                .and_then(|scenario| model.open_keeping(&scenario));
            let said = match &opened {
                Ok(()) => t("setup.opened").to_string(),
                Err(why) => tf("setup.refused", &[("why", why.clone())]),
            };
            model.say(said);
            opened.is_ok()
        });
        if opened {
            close.emit(event);
        }
    })
}

/// Runs it next to the run that is there, under the same clock.
fn beside(props: &Props, desk: &Desk) -> Callback<MouseEvent> {
    let (handle, close) = (props.handle.clone(), props.close.clone());
    let draft = Rc::clone(&desk.draft);
    Callback::from(move |event: MouseEvent| {
        let opened = handle.update(|model| {
            let scenario = draft.scenario();
            let opened = scenario.and_then(|scenario| model.compare_with(&Contrast::of(&scenario)));
            match &opened {
                Ok(()) => model.lens.aspect = Aspect::Costs,
                Err(why) => model.say(tf("setup.refused", &[("why", why.clone())])),
            }
            opened.is_ok()
        });
        if opened {
            close.emit(event);
        }
    })
}

fn back(props: &Props) -> Callback<MouseEvent> {
    let (handle, close) = (props.handle.clone(), props.close.clone());
    Callback::from(move |event: MouseEvent| {
        handle.update(|model| {
            Model::go_back(model);
            model.say(t("setup.went_back").to_string());
        });
        close.emit(event);
    })
}
