//! The bar along the top: what runs, in which cluster, and the page's own switches.

use crate::hooks::use_once;
use crate::lab::chooser::{self, Choice, Chooser};
use crate::lab::icon::icon;
use crate::lab::scenarios::{self, ALL, Offer};
use crate::lab::theme::{self, ThemeSwitch};
use crate::model::{Handle, use_model};
use crate::setup::SIZES;
use crate::text::{t, tf};
use crate::view::part;
use synod_protocols::registry;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    pub on_help: Callback<()>,
    pub on_setup: Callback<()>,
    pub on_share: Callback<()>,
    pub on_open: Callback<()>,
}

#[component]
pub fn Bar(props: &Props) -> Html {
    let onclick = props.on_help.reform(|_: MouseEvent| ());
    let chooser = ChooserProps {
        handle: props.handle.clone(),
    };
    view! {
        <header class="bar">
            <h1 class="word">{ t("page.word") }</h1>
            { part::<ClusterChooser>("cluster", chooser.clone()) }
            { part::<ScenarioChooser>("scenario", chooser) }
            <button id="setup" title={t("bar.setup.title")} aria-label={t("bar.setup")}
                onclick={props.on_setup.reform(|_: MouseEvent| ())}>
                { icon("sliders") }
                <span class="label">{ t("bar.setup") }</span>
            </button>
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

#[derive(Clone, Properties, PartialEq)]
struct ChooserProps {
    handle: Handle,
}

/// Which protocol, and how many servers.
#[component]
fn ClusterChooser(props: &ChooserProps) -> Html {
    use_model(&props.handle);
    let on_choose = use_once(|| {
        let handle = props.handle.clone();
        Callback::from(move |value: String| {
            let Some((name, nodes)) = value.split_once(':') else {
                return;
            };
            if let (Some(about), Ok(nodes)) = (registry::about(name), nodes.parse()) {
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
    use_model(&props.handle);
    let title = props.handle.read().original().title.clone();
    let on_choose = use_once(|| {
        let handle = props.handle.clone();
        Callback::from(move |value: String| {
            if let Ok(position) = value.parse::<usize>()
                && let Some(offer) = ALL.get(position)
            {
                scenarios::open(&handle, offer.read());
            }
        })
    });
    part::<Chooser>(
        "chooser",
        chooser::Props {
            id: "scenario",
            label: t("bar.scenario"),
            value: position_of(&title).map_or(OWN.into(), |position| position.to_string().into()),
            choices: offers(&title),
            on_choose: (*on_choose).clone(),
        },
    )
}

/// The value of a run that is none of the page's scenarios.
const OWN: &str = "own";

/// Where the scenario of that title stands.
fn position_of(title: &str) -> Option<usize> {
    ALL.iter().position(|offer| offer.title == title)
}

/// Every scenario, those of one protocol together; the page's own come first. A run that came
/// from elsewhere, or was set up by hand, is one more.
fn offers(running: &str) -> Vec<Choice> {
    let choice = |(position, offer): (usize, &Offer)| Choice {
        value: position.to_string().into(),
        label: offer.title.into(),
        group: registry::about(offer.group()).map_or(t("bar.scenario.lab"), |about| about.title),
    };
    let mut choices: Vec<Choice> = ALL.iter().enumerate().map(choice).collect();
    if position_of(running).is_none() {
        let label = match running {
            "" => t("bar.scenario.untitled").into(),
            title => title.to_string().into(),
        };
        choices.push(Choice {
            value: OWN.into(),
            label,
            group: t("bar.scenario.own"),
        });
    }
    choices
}
