//! The invariants: green until one is broken, and then what broke it.

use crate::lab::icon::icon;
use crate::model::{Handle, Model, Selection, use_model};
use crate::text::{known, option_name, t, tf};
use crate::view::{classes, part};
use synod_check::{Invariant, Violation};
use synod_protocols::{NodeId, OptionKind, OptionSpec};
use synod_sim::Status;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

/// A row of the invariants, and below it the one that stopped the run.
#[component]
pub fn Safety(props: &Props) -> Html {
    use_model(&props.handle);
    let model = props.handle.read();
    let invariants = model.monitor().invariants();
    let broken = invariants
        .iter()
        .filter(|invariant| !invariant.holds)
        .count();
    let summary = if broken == 0 {
        tf("safety.all_hold", &[("n", invariants.len().to_string())])
    } else {
        tf("safety.broken", &[("n", broken.to_string())])
    };
    let items = invariants
        .iter()
        .map(|invariant| item(&props.handle, &model, invariant));
    let tone = if broken == 0 { "holds" } else { "broken" };
    view! {
        <section class="safety" aria-label={t("safety.label")}>
            <p class={classes(&["safety-summary", tone])}>
                { icon(if broken == 0 { "check" } else { "cross" }) }
                <span>{ summary }</span>
            </p>
            <ul class="safety-list">
                { for items }
                { for model.unsafe_quorums.then(unsafe_label) }
            </ul>
            { part::<Banner>("banner", BannerProps { handle: props.handle.clone() }) }
        </section>
    }
}

fn name(id: &str) -> String {
    tf(&["invariant.", id].concat(), &[])
}

fn means(id: &str) -> String {
    known(&["invariant.", id, ".means"].concat())
        .unwrap_or_default()
        .to_string()
}

/// An invariant; a broken one is a button that leads to its evidence.
fn item(handle: &Handle, model: &Model, invariant: &Invariant) -> Html {
    let id = invariant.id;
    let found = model
        .monitor()
        .violations()
        .iter()
        .position(|broken| broken.invariant == id);
    let inside = match found {
        Some(position) if !invariant.holds => view! {
            <button class="broken" onclick={evidence(handle, position)}>
                { icon("cross") }
                <span>{ name(id) }</span>
                <span class="hush">{ t("safety.is_broken") }</span>
            </button>
        },
        _ => view! {
            <>
                { icon("check") }
                <span>{ name(id) }</span>
                <span class="hush">{ t("safety.holds") }</span>
            </>
        },
    };
    let class = if invariant.holds { "holds" } else { "broken" };
    view! { <li key={id} {class} title={means(id)}>{ inside }</li> }
}

/// Says that the run counts by quorums that need not meet, whatever holds so far.
fn unsafe_label() -> Html {
    view! {
        <li key="unsafe-quorums" class="unsafe" title={t("safety.unsafe_quorums.means")}>
            { icon("warn") }
            <span>{ t("safety.unsafe_quorums") }</span>
        </li>
    }
}

/// Chooses what a violation's evidence names, and says what it is unless the banner does.
fn evidence(handle: &Handle, position: usize) -> Callback<MouseEvent> {
    let handle = handle.clone();
    Callback::from(move |_| {
        handle.update(|model| {
            let Some(violation) = model.monitor().violations().get(position).cloned() else {
                return;
            };
            let up = |node: &NodeId| model.run().status(*node) == Status::Up;
            let named = || violation.nodes.iter();
            let telling = named().find(up).or_else(|| named().next());
            model.selection = telling.map(Selection::Node);
            if model.stopped_at != Some(position) {
                model.say(sentence(&violation));
            }
        });
    })
}

/// A violation's evidence.
pub fn sentence(violation: &Violation) -> String {
    tf(violation.sentence, &violation.operands)
}

/// What this run does without: the rules that are switched off, each as what it would demand, and
/// quorums that meet; empty if nothing.
fn done_without(model: &Model) -> String {
    let (about, scenario) = (model.run().about(), model.run().scenario());
    let off = |spec: &&OptionSpec| {
        spec.kind == OptionKind::Rule && !scenario.options.switch(about.options, spec.name)
    };
    let mut rules: Vec<String> = about
        .options
        .iter()
        .filter(off)
        .map(|spec| option_name(about, spec.name))
        .collect();
    if !scenario.disk.fsync_before_reply {
        rules.push(t("violation.no_fsync").to_string());
    }
    let mut said = Vec::new();
    if !rules.is_empty() {
        said.push(tf("violation.off", &[("rules", rules.join(" "))]));
    }
    if model.unsafe_quorums {
        said.push(t("safety.unsafe_quorums.means").to_string());
    }
    said.join(" ")
}

#[derive(Properties, PartialEq)]
struct BannerProps {
    handle: Handle,
}

/// Says which invariant stopped the run, by what evidence, and how to go on.
#[component]
fn Banner(props: &BannerProps) -> Html {
    use_model(&props.handle);
    let model = props.handle.read();
    let stopped = model.stopped_at.and_then(|at| {
        model
            .monitor()
            .violations()
            .get(at)
            .map(|violation| (at, violation))
    });
    let Some((at, violation)) = stopped else {
        return view! { <div class="banner" hidden=true></div> };
    };
    let go_on = {
        let handle = props.handle.clone();
        Callback::from(move |_: MouseEvent| handle.update(Model::go_on))
    };
    let title = tf(
        "violation.title",
        &[
            ("invariant", name(violation.invariant)),
            ("event", violation.event.to_string()),
        ],
    );
    view! {
        <div class="banner" role="alert">
            <h2>{ title }</h2>
            <p class="evidence">{ sentence(violation) }</p>
            <p class="muted">{ means(violation.invariant) }</p>
            <p class="muted">{ done_without(&model) }</p>
            <div class="row">
                <button class="primary" onclick={evidence(&props.handle, at)}>
                    { t("safety.show_me") }
                </button>
                <button onclick={go_on}>{ t("violation.go_on") }</button>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use synod_protocols::registry;
    use synod_sim::Scenario;

    #[test]
    fn a_run_says_what_it_does_without() {
        let check = |size: &str, rule: &str, expect: &[&str]| {
            let about = registry::ALL[0];
            let mut scenario = Scenario::new(about.name, 4);
            for spec in about.options {
                let text = match spec.kind {
                    OptionKind::Quorum => size,
                    OptionKind::Rule => rule,
                    _ => continue,
                };
                let set = scenario.options.set(about.options, spec.name, text);
                set.expect("a value");
            }
            let model = Model::open(&scenario).expect("a model");
            assert_eq!(model.unsafe_quorums, size == "2");
            let said = done_without(&model);
            assert_eq!(said.is_empty(), expect.is_empty(), "{said}");
            for part in expect {
                assert!(said.contains(part), "{said}");
            }
        };
        check("3", "true", &[]);
        check("2", "true", &["can decide differently"]);
        check("3", "false", &["Switched off in this run"]);
        check(
            "2",
            "false",
            &["Switched off in this run", "can decide differently"],
        );
    }
}
