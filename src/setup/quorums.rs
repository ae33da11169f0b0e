//! The quorum builder: a system for each option, its minimal quorums, and where quorums meet.

use super::Desk;
use super::controls::{Slider, choices, slider};
use super::options::reset;
use super::ring::ring;
use super::systems::{self, HEAVIEST, SYSTEMS};
use super::verdict::{Counted, Meeting, Verdict};
use crate::lab::icon::icon;
use crate::text::{option_name, option_short, servers_text, t, tf, tn};
use crate::view::classes;
use synod_protocols::quorum::{Analysis, QuorumSpec};
use synod_protocols::{About, NodeSet};
use yew::prelude::*;

/// The most minimal quorums that are listed one by one.
const LISTED: usize = 40;

/// Everything about quorums; nothing if the protocol has none to speak of.
pub fn section(desk: &Desk, verdict: &Verdict) -> Html {
    let about = desk.draft.about();
    let blocks = verdict.counted.iter().map(|counted| block(desk, counted));
    let meetings = verdict
        .meetings
        .iter()
        .map(|meeting| meet(about, verdict, meeting));
    let none = verdict.counted.is_empty() && verdict.meetings.is_empty();
    view! {
        <section key="quorums" class="setup-section" hidden={none}>
            <h3 class="kick">{ t("setup.quorums") }</h3>
            <p class="setup-about">{ t("setup.quorums.about") }</p>
            <div class="quorum-blocks">{ for blocks }</div>
            <h4 hidden={verdict.meetings.is_empty()}>{ t("setup.meet") }</h4>
            <ul class="meetings">{ for meetings }</ul>
            { figures(verdict) }
        </section>
    }
}

/// The two figures by which quorum systems are compared.
fn figures(verdict: &Verdict) -> Html {
    let number = |figure: Option<usize>| figure.map_or(t("value.none").into(), |n| n.to_string());
    let failures = match verdict.failures_that_break() {
        Some(0) => t("setup.figure.unsafe").to_string(),
        figure => number(figure),
    };
    let fact = |id: &'static str, class: &'static str, figure: String| {
        view! {
            <div key={id} class={class}>
                <dt>{ t(id) }</dt>
                <dd class="num">{ figure }</dd>
            </div>
        }
    };
    let tone = if verdict.is_unsafe() { "bad" } else { "" };
    view! {
        <>
            <dl class="figures">
                { fact("setup.figure.crashes", "", number(verdict.crashes_that_stop)) }
                { fact("setup.figure.failures", tone, failures) }
            </dl>
            <p class="muted">{ t("setup.figure.about") }</p>
        </>
    }
}

/// One option: its system, that system's parameters, and its minimal quorums.
fn block(desk: &Desk, counted: &Counted) -> Html {
    let draft = &desk.draft;
    let option = counted.option;
    let (about, spec) = (draft.about(), draft.spec(option));
    let short = option_short(about, spec.name);
    let system = draft.system(option);
    let kind = system.as_ref().map_or("", systems::kind);
    let members = counted.members.len();
    let kinds = SYSTEMS
        .iter()
        .map(|kind| (kind.to_string(), tf(&["setup.system.", kind].concat(), &[])));
    let menu = choices(
        ["setup-", spec.name].concat(),
        tf("setup.system", &[("name", short.clone())]),
        kinds,
        kind,
        desk.change(move |draft, kind| {
            draft.write(option, systems::first(&kind, members).to_string());
        }),
    );
    let wrong = draft.wrong(option);
    view! {
        <section key={spec.name} class={classes(&["quorum-block", spec.name])}>
            <h4>{ short }</h4>
            <p class="says">
                <span>{ option_name(about, spec.name) }</span>
                <code>{ spec.name }</code>
            </p>
            { menu }
            { parameters(desk, counted) }
            <p class="wrong" role="alert" hidden={wrong.is_none()}>
                { wrong.map_or(String::new(), |why| tf("setup.wrong", &[("why", why)])) }
            </p>
            { minimal(system.as_ref(), counted.members) }
            { reset(desk, option) }
        </section>
    }
}

/// The size, the weights or the shape of a system.
fn parameters(desk: &Desk, counted: &Counted) -> Html {
    let option = counted.option;
    let members = counted.members.len();
    match desk.draft.system(option) {
        Some(QuorumSpec::Count(size)) => size_slider(desk, option, size, members),
        Some(QuorumSpec::Weights(weights)) => {
            view! { <div class="weights">{ for weight_sliders(desk, counted, &weights) }</div> }
        }
        Some(spec) => match systems::shape(&spec) {
            Some((rows, _)) => shapes(desk, option, &spec, members, rows),
            None => view! { <div></div> },
        },
        None => view! { <div></div> },
    }
}

fn size_slider(desk: &Desk, option: usize, size: usize, members: usize) -> Html {
    let name = desk.draft.spec(option).name;
    slider(
        Slider {
            id: ["setup-size-", name].concat(),
            name: t("setup.size").to_string(),
            label: t("setup.size").to_string(),
            least: 1,
            most: members as u64,
            value: size as u64,
            shown: tf(
                "setup.size.n",
                &[("n", size.to_string()), ("of", members.to_string())],
            ),
        },
        desk.change(move |draft, said| draft.write(option, said)),
    )
}

fn weight_sliders(desk: &Desk, counted: &Counted, weights: &[u32]) -> Vec<Html> {
    let option = counted.option;
    let name = desk.draft.spec(option).name;
    let places = counted.members.iter().zip(weights).enumerate();
    places
        .map(|(place, (node, weight))| {
            let spec = QuorumSpec::Weights(weights.to_vec());
            slider(
                Slider {
                    id: format!("setup-weight-{name}-{node}"),
                    name: node.to_string(),
                    label: tf("setup.weight", &[("node", node.to_string())]),
                    least: 0,
                    most: u64::from(HEAVIEST.max(*weight)),
                    value: u64::from(*weight),
                    shown: weight.to_string(),
                },
                desk.change(move |draft, said| {
                    if let Ok(weight) = said.parse() {
                        let with = systems::with_weight(&spec, place, weight);
                        draft.write(option, with.to_string());
                    }
                }),
            )
        })
        .collect()
}

fn shapes(desk: &Desk, option: usize, spec: &QuorumSpec, members: usize, rows: usize) -> Html {
    let name = desk.draft.spec(option).name;
    let shapes = systems::shapes(members);
    let words = |(rows, columns): (usize, usize)| {
        let operands = [("rows", rows.to_string()), ("columns", columns.to_string())];
        (rows.to_string(), tf("setup.shape.option", &operands))
    };
    let spec = spec.clone();
    choices(
        ["setup-shape-", name].concat(),
        t("setup.shape").to_string(),
        shapes.into_iter().map(words),
        &rows.to_string(),
        desk.change(move |draft, said| {
            if let Ok(rows) = said.parse() {
                let with = systems::with_rows(&spec, members, rows);
                draft.write(option, with.to_string());
            }
        }),
    )
}

/// The minimal quorums of a system: each as its servers while they are few, else their number.
fn minimal(system: Option<&QuorumSpec>, members: NodeSet) -> Html {
    let Some(quorum) = system.and_then(|spec| spec.over(members).ok()) else {
        return view! { <div></div> };
    };
    let minimal = quorum.minimal();
    let n = minimal.quorums.len();
    let id = if minimal.complete {
        "setup.minimal"
    } else {
        "setup.minimal.more"
    };
    let said = tn(id, n);
    let listed = if n <= LISTED {
        &minimal.quorums[..]
    } else {
        &[]
    };
    let set = |set: &NodeSet| {
        let text = servers_text(*set);
        view! { <li key={text.clone()}>{ text }</li> }
    };
    view! {
        <div class="minimal">
            <p class="num">{ said.clone() }</p>
            <ul class="sets" aria-label={said} hidden={listed.is_empty()}>
                { for listed.iter().map(set) }
            </ul>
        </div>
    }
}

/// Whether every two quorums of a pair meet; the two that meet in the fewest, on a ring.
fn meet(about: &About, verdict: &Verdict, meeting: &Meeting) -> Html {
    let name = |tally: u8| match verdict.option_of(tally) {
        Some(option) => option_short(about, about.options[option].name),
        None => about.tallies[usize::from(tally)].name.to_string(),
    };
    let (one, two) = (name(meeting.pair.0), name(meeting.pair.1));
    let id = if one == two {
        "setup.meet.title.same"
    } else {
        "setup.meet.title"
    };
    let key = [&one, " ", &two].concat();
    let title = tf(id, &[("one", one), ("two", two)]);
    let tone = if meeting.is_unsafe() { "unsafe" } else { "" };
    let (drawn, said) = match &meeting.worth {
        Some(worth) => {
            let (one, two) = worth.pair;
            let members = members_of(verdict, meeting).union(one).union(two);
            (ring(members, one, two), sentences(worth))
        }
        None => {
            let nobody = t("setup.meet.nobody").to_string();
            (
                ring(NodeSet::EMPTY, NodeSet::EMPTY, NodeSet::EMPTY),
                vec![nobody],
            )
        }
    };
    let said = said
        .into_iter()
        .map(|said| view! { <p key={said.clone()}>{ said }</p> });
    view! {
        <li key={key} class={classes(&["meeting", tone])}>
            { drawn }
            <div>
                <h5>
                    <span>{ title }</span>
                    <span class="unsafe" hidden={tone.is_empty()}>
                        { icon("warn") }
                        <span>{ t("setup.meet.unsafe") }</span>
                    </span>
                </h5>
                { for said }
            </div>
        </li>
    }
}

/// The servers that count in a pair of tallies.
fn members_of(verdict: &Verdict, meeting: &Meeting) -> NodeSet {
    let counts = |counted: &&Counted| {
        let has = |tally: u8| counted.tallies.contains(&tally);
        has(meeting.pair.0) || has(meeting.pair.1)
    };
    let union = |all: NodeSet, counted: &Counted| all.union(counted.members);
    let of_pair = verdict.counted.iter().filter(counts);
    of_pair.fold(NodeSet::EMPTY, union)
}

/// What a pair of systems is worth, in sentences.
fn sentences(worth: &Analysis) -> Vec<String> {
    let (one, two) = worth.pair;
    let n = worth.fewest_in_common.to_string();
    let operands = [
        ("one", servers_text(one)),
        ("two", servers_text(two)),
        ("shared", servers_text(one.intersection(two))),
        ("n", n),
    ];
    let ids: &[&str] = if worth.fewest_in_common == 0 {
        &["setup.meet.never", "setup.meet.rings"]
    } else {
        &["setup.meet.least", "setup.meet.pair", "setup.meet.forget"]
    };
    let bounded = (!worth.exact).then_some(&"setup.meet.bounded");
    ids.iter()
        .chain(bounded)
        .map(|id| tf(id, &operands))
        .collect()
}
