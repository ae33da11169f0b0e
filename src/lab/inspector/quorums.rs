//! The quorum lens: what is gathering, where two quorums meet, and which quorums the run counts by.

use super::meeting;
use crate::lab::icon::icon;
use crate::model::{Handle, Model};
use crate::text::{
    closed_text, epoch_name, quorum_text, show_clock, t, tally_kind, tally_name, tf,
};
use crate::view::classes;
use synod_protocols::quorum::Meets;
use synod_protocols::{NodeId, NodeSet, Tally};
use synod_sim::lens::Collected;
use yew::prelude::*;

pub fn view(handle: &Handle, model: &Model, on_setup: &Callback<()>) -> Html {
    view! {
        <article class="lens" key="lens">
            { gathering(handle, model) }
            { meeting::view(handle, model) }
            { systems(model, on_setup) }
        </article>
    }
}

/// What a server's word is worth so far.
#[derive(Clone, Copy, PartialEq)]
pub enum Word {
    /// Whoever collects it has counted it.
    Counted,
    /// It is given, and on its way.
    Given,
    Refused,
    Missing,
}

impl Word {
    fn name(self) -> &'static str {
        match self {
            Word::Counted => "counted",
            Word::Given => "given",
            Word::Refused => "refused",
            Word::Missing => "missing",
        }
    }

    /// A mark besides the colour.
    fn mark(self) -> &'static str {
        match self {
            Word::Counted => "✓",
            Word::Given => "→",
            Word::Refused => "✕",
            Word::Missing => "·",
        }
    }
}

/// Servers as a row of small signs, each with its word.
pub fn members(of: NodeSet, word: impl Fn(NodeId) -> Word) -> Html {
    let signs = of.iter().map(|node| {
        let word = word(node);
        let said = tf(&["lens.word.", word.name()].concat(), &[]);
        view! {
            <li key={node.to_string()} class={classes(&["member", word.name()])}
                title={said.clone()}>
                { node.to_string() }
                <span aria-hidden="true">{ word.mark() }</span>
                <span class="hush">{ said }</span>
            </li>
        }
    });
    view! { <ul class="members">{ for signs }</ul> }
}

/// Every tally that no quorum has closed yet; if there is none, the quorum that closed last.
fn gathering(handle: &Handle, model: &Model) -> Html {
    let mut rows = Vec::new();
    for node in model.nodes() {
        let view = model.run().describe(node);
        let tallies = view.map_or(Vec::new(), |view| view.tallies);
        let open = tallies
            .iter()
            .filter(|tally| !tally.quorum.is_quorum(tally.have));
        rows.extend(open.map(|tally| open_tally(model, node, tally)));
    }
    let last = model.chronicle().closed().last();
    let last = last.map(|last| closed_row(handle, model, last));
    view! {
        <section key="gathering">
            <h2 class="kick">{ t("lens.gathering") }</h2>
            <p key="none" class="muted" hidden={!rows.is_empty()}>{ t("lens.gathering.none") }</p>
            <ul key="open" class="tallies" hidden={rows.is_empty()}>{ for rows }</ul>
            <h3 key="last-title" class="kick" hidden={last.is_none()}>{ t("lens.last") }</h3>
            <ul key="last" class="tallies" hidden={last.is_none()}>{ for last }</ul>
        </section>
    }
}

fn open_tally(model: &Model, node: NodeId, tally: &Tally) -> Html {
    let about = model.run().about();
    let what = about.tallies.iter().position(|def| def.name == tally.what);
    let given = what.map_or(NodeSet::EMPTY, |what| {
        model
            .chronicle()
            .given(what as u8, tally.subject, tally.epoch)
    });
    let word = |node: NodeId| match node {
        node if tally.have.contains(node) => Word::Counted,
        node if tally.refused.contains(node) => Word::Refused,
        node if given.contains(node) => Word::Given,
        _ => Word::Missing,
    };
    let title = tf(
        "lens.tally",
        &[
            ("node", node.to_string()),
            ("what", tally_name(about, tally.what, tally.subject)),
            ("epoch_name", epoch_name(about)),
            ("epoch", about.show_epoch(tally.epoch)),
        ],
    );
    let lacks = match tally.quorum.missing(tally.have) {
        Some(n) => tf("lens.lacks", &[("n", n.to_string())]),
        None => t("lens.never").to_string(),
    };
    view! {
        <li key={format!("{node}{}{}", tally.what, tally.subject)}>
            <p><b>{ title }</b><span class="num">{ lacks }</span></p>
            { members(tally.quorum.members(), word) }
        </li>
    }
}

fn closed_row(handle: &Handle, model: &Model, closed: &Collected) -> Html {
    let quorums = model.systems().quorums.of.clone();
    let members_of = quorums
        .get(usize::from(closed.what))
        .map_or(closed.have, |quorum| quorum.members());
    let word = |node: NodeId| match closed.have.contains(node) {
        true => Word::Counted,
        false => Word::Missing,
    };
    let event = closed.event;
    let onclick = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| handle.update(|model| model.show_event(event)))
    };
    view! {
        <li key="closed">
            <p>
                <b>{ closed_text(model.run().about(), closed) }</b>
                <button class="plain to-event num" {onclick}>{ show_clock(closed.time_us) }</button>
            </p>
            { members(members_of, word) }
        </li>
    }
}

/// The quorum systems of the run, and whether those that must meet do.
fn systems(model: &Model, on_setup: &Callback<()>) -> Html {
    let about = model.run().about();
    let systems = model.systems();
    let rows = systems.quorums.of.iter().enumerate().map(|(what, quorum)| {
        view! {
            <div key={what.to_string()} class="fact">
                <dt>{ tally_kind(about, what) }</dt>
                <dd>{ quorum_text(quorum) }</dd>
            </div>
        }
    });
    let meets = systems.meets.iter().map(|(one, other, common)| {
        let shared = match common {
            Meets::In(shared) => *shared,
            Meets::NoQuorum | Meets::Unknown => 0,
        };
        let operands = [
            ("one", tally_kind(about, usize::from(*one))),
            ("other", tally_kind(about, usize::from(*other))),
            ("n", shared.to_string()),
        ];
        let id = match (common, one == other) {
            (Meets::NoQuorum, _) => "lens.meets.none",
            (Meets::Unknown, _) => "lens.meets.unknown",
            (Meets::In(0), true) => "lens.meets.never_own",
            (Meets::In(0), false) => "lens.meets.never",
            (_, true) => "lens.meets.own",
            (_, false) => "lens.meets",
        };
        let unsafe_class = (*common == Meets::In(0)).then_some("unsafe");
        view! { <li key={format!("{one}{other}")} class={unsafe_class}>{ tf(id, &operands) }</li> }
    });
    view! {
        <section key="systems">
            <h2 class="kick">{ t("lens.systems") }</h2>
            <dl class="facts-list">{ for rows }</dl>
            <ul class="meets">{ for meets }</ul>
            <button class="lens-setup" onclick={on_setup.reform(|_: MouseEvent| ())}>
                { icon("sliders") }
                <span>{ t("lens.setup") }</span>
            </button>
        </section>
    }
}
