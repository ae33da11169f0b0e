//! The bar along the top: what runs, in which cluster, and the page's own switches.

use crate::hooks::{State, use_once, use_value};
use crate::lab::chooser::{self, Choice, Chooser};
use crate::lab::icon::icon;
use crate::lab::scenarios::{self, ALL, Offer};
use crate::lab::theme::{self, ThemeSwitch};
use crate::model::{Handle, use_model};
use crate::text::{t, tf};
use crate::view::part;
use synod_protocols::registry;
use yew::prelude::*;

/// The sizes of cluster that the page offers.
const SIZES: std::ops::RangeInclusive<usize> = 3..=9;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    pub on_help: Callback<()>,
    pub on_share: Callback<()>,
    pub on_open: Callback<()>,
}

#[component]
pub fn Bar(props: &Props) -> Html {
    let chosen = use_value(scenarios::first);
    let onclick = props.on_help.reform(|_: MouseEvent| ());
    let chooser = |chosen| ChooserProps {
        handle: props.handle.clone(),
        chosen,
    };
    view! {
        <header class="bar">
            <h1 class="word">{ t("page.word") }</h1>
            { part::<ClusterChooser>("cluster", chooser(chosen.clone())) }
            { part::<ScenarioChooser>("scenario", chooser(chosen)) }
            <button id="open" title={t("bar.open.title")} aria-label={t("bar.open")}
                onclick={props.on_open.reform(|_: MouseEvent| ())}>
                { icon("open") }
                <span class="label">{ t("bar.open") }</span>
            </button>
            <span class="grow"></span>
            <button id="share" title={t("bar.share.title")} aria-label={t("bar.share")}
                onclick={props.on_share.reform(|_: MouseEvent| ())}>
                { icon("share") }
                <span class="label">{ t("bar.share") }</span>
            </button>
            { part::<ThemeSwitch>("theme-switch", theme::Props { handle: props.handle.clone() }) }
            <button id="help" aria-label={t("bar.help")} title={t("bar.help")} {onclick}>
                { icon("help") }
            </button>
        </header>
    }
}

#[derive(Properties, PartialEq)]
struct ChooserProps {
    handle: Handle,
    /// The position of the scenario that was opened last.
    chosen: State<usize>,
}

/// Which protocol, and how many servers.
#[component]
fn ClusterChooser(props: &ChooserProps) -> Html {
    use_model(&props.handle);
    let on_choose = use_once(|| {
        let (handle, chosen) = (props.handle.clone(), props.chosen.clone());
        Callback::from(move |value: String| {
            let Some((name, nodes)) = value.split_once(':') else {
                return;
            };
            if let (Some(about), Ok(nodes)) = (registry::about(name), nodes.parse()) {
                chosen.set(scenarios::first());
                scenarios::open(&handle, Ok(scenarios::lab(about.name, nodes)));
            }
        })
    });
    let (protocol, nodes) = {
        let model = props.handle.read();
        (
            model.run().scenario().protocol,
            model.run().scenario().nodes,
        )
    };
    part::<Chooser>(
        "chooser",
        chooser::Props {
            id: "cluster",
            label: t("bar.cluster"),
            value: cluster_value(protocol, nodes).into(),
            choices: clusters(protocol, nodes),
            on_choose: (*on_choose).clone(),
        },
    )
}

fn cluster_value(protocol: &str, nodes: usize) -> String {
    format!("{protocol}:{nodes}")
}

/// Every protocol in every size; also the size that runs, should it be none of those.
fn clusters(protocol: &str, running: usize) -> Vec<Choice> {
    let mut choices = Vec::new();
    for about in registry::ALL {
        let odd = (protocol == about.name && !SIZES.contains(&running)).then_some(running);
        for nodes in SIZES.chain(odd) {
            let operands = [
                ("protocol", about.title.to_string()),
                ("n", nodes.to_string()),
            ];
            choices.push(Choice {
                value: cluster_value(about.name, nodes).into(),
                label: tf("bar.cluster.option", &operands).into(),
                group: "",
            });
        }
    }
    choices
}

/// The scenarios that come with the page, by title.
#[component]
fn ScenarioChooser(props: &ChooserProps) -> Html {
    let on_choose = use_once(|| {
        let (handle, chosen) = (props.handle.clone(), props.chosen.clone());
        Callback::from(move |value: String| {
            if let Some(position) = value.parse().ok()
                && let Some(offer) = ALL.get(position)
            {
                chosen.set(position);
                scenarios::open(&handle, offer.read());
            }
        })
    });
    part::<Chooser>(
        "chooser",
        chooser::Props {
            id: "scenario",
            label: t("bar.scenario"),
            value: props.chosen.to_string().into(),
            choices: offers(),
            on_choose: (*on_choose).clone(),
        },
    )
}

/// Every scenario, those of one protocol together; the page's own come first.
fn offers() -> Vec<Choice> {
    let choice = |(position, offer): (usize, &Offer)| Choice {
        value: position.to_string().into(),
        label: offer.title.into(),
        group: registry::about(offer.group()).map_or(t("bar.scenario.lab"), |about| about.title),
    };
    ALL.iter().enumerate().map(choice).collect()
}
