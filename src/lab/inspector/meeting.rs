//! Two quorums side by side: who is in both, and what they carried from the one to the other.

use super::quorums::{Word, members};
use crate::lab::chooser::{self, Choice, Chooser};
use crate::model::{Handle, Key, Model};
use crate::text::{catalogue, closed_text, t, tally_kind, tf};
use crate::view::{classes, part};
use synod_protocols::NodeSet;
use synod_sim::lens::{Collected, Witness};
use yew::prelude::*;

/// The choosers' ids, and how the stage draws what each has chosen.
const SIDES: [(&str, &str); 2] = [("lens-first", "first"), ("lens-second", "second")];

pub fn view(handle: &Handle, model: &Model) -> Html {
    let meeting = model.meeting();
    let offered = model.offered();
    let pair = model.compared();
    let sides = SIDES.iter().enumerate().map(|(side, names)| {
        let chosen = pair.map(|pair| pair[side]);
        side_view(handle, model, side, names, chosen.as_ref(), &offered)
    });
    let about = model.run().about();
    let told = meeting.as_ref().map(|meeting| {
        let sentences = meeting.tell(about, catalogue());
        let told = sentences.into_iter().enumerate();
        let told = told.map(|(k, text)| view! { <p key={k.to_string()} class="told">{ text }</p> });
        told.collect::<Vec<Html>>()
    });
    let witnesses = meeting.iter().flat_map(|meeting| &meeting.witnesses);
    let kinds = meeting.as_ref().map_or_else(Default::default, |meeting| {
        [&meeting.first, &meeting.second].map(|of| tally_kind(about, usize::from(of.what)))
    });
    let witnesses: Vec<Html> = witnesses
        .map(|witness| witness_row(handle, witness, &kinds))
        .collect();
    let apart = meeting
        .as_ref()
        .is_some_and(|meeting| meeting.both.is_empty());
    view! {
        <section key="meeting" class="lens-meeting">
            <h2 class="kick">{ t("lens.meeting") }</h2>
            <p key="none" class="muted" hidden={pair.is_some()}>{ t("lens.meeting.none") }</p>
            <div key="sides" hidden={pair.is_none()}>{ for sides }</div>
            <div key="told" id="lens-told" aria-live={if model.playing { "off" } else { "polite" }}
                class={classes(&["lens-told", if apart { "unsafe" } else { "" }])}>
                { for told.unwrap_or_default() }
            </div>
            <ul key="witnesses" class="witnesses" hidden={witnesses.is_empty()}>
                { for witnesses }
            </ul>
        </section>
    }
}

/// One of the two: how it is drawn, which it is, and who is in it.
fn side_view(
    handle: &Handle,
    model: &Model,
    side: usize,
    (id, look): &(&'static str, &'static str),
    chosen: Option<&Collected>,
    offered: &[Collected],
) -> Html {
    let about = model.run().about();
    let value = |collected: &Collected| {
        let Key {
            what,
            subject,
            epoch,
        } = Key::of(collected);
        format!("{what}:{subject}:{epoch}")
    };
    let picked = model.lens.picked[side].is_some();
    // Where nothing is picked, the choice says which quorum that is at the moment.
    let usual = chosen.filter(|_| !picked);
    let usual = usual.map(|chosen| closed_text(about, chosen));
    let usual_id = match (side, usual.is_some()) {
        (0, true) => "lens.usual.first.is",
        (0, false) => "lens.usual.first",
        (_, true) => "lens.usual.second.is",
        (_, false) => "lens.usual.second",
    };
    let mut choices = vec![Choice {
        value: "".into(),
        label: tf(usual_id, &[("what", usual.unwrap_or_default())]).into(),
        group: "",
    }];
    choices.extend(offered.iter().map(|collected| Choice {
        value: value(collected).into(),
        label: closed_text(about, collected).into(),
        group: "",
    }));
    let on_choose = {
        let handle = handle.clone();
        Callback::from(move |value: String| {
            handle.update(|model| model.lens.picked[side] = read(&value));
        })
    };
    let props = chooser::Props {
        id,
        label: t(if side == 0 {
            "lens.first"
        } else {
            "lens.second"
        }),
        value: chosen
            .filter(|_| picked)
            .map_or_else(String::new, value)
            .into(),
        choices,
        on_choose,
    };
    let quorums = &model.systems().quorums;
    let row = chosen.map(|chosen| {
        let everyone = quorums
            .of
            .get(usize::from(chosen.what))
            .map_or(chosen.have, |quorum| quorum.members());
        let word = |node| match chosen.have.contains(node) {
            true => Word::Counted,
            false => Word::Missing,
        };
        let title = view! { <b key="title">{ closed_text(about, chosen) }</b> };
        view! { <>{ title }{ members(everyone.union(chosen.have), word) }</> }
    });
    view! {
        <div key={*id} class={classes(&["side-of", look])}>
            <svg key="look" class="look" viewBox="0 0 34 10" aria-hidden="true">
                <path class={classes(&["lens-outline", look])} d="M2 5H32" />
            </svg>
            { part::<Chooser>("chooser", props) }
            { for row }
        </div>
    }
}

/// Reads `what:subject:epoch`; nothing else is ever a choice's value.
fn read(value: &str) -> Option<Key> {
    let mut parts = value.split(':');
    let what = parts.next()?.parse().ok()?;
    let subject = parts.next()?.parse().ok()?;
    let epoch = parts.next()?.parse().ok()?;
    Some(Key {
        what,
        subject,
        epoch,
    })
}

/// A server in both, and the two events with which it gave its words.
fn witness_row(handle: &Handle, witness: &Witness, kinds: &[String; 2]) -> Html {
    let link = |key: &'static str, event: Option<u64>, what: &String| {
        let (handle, target) = (handle.clone(), event.unwrap_or(0));
        let onclick = Callback::from(move |_: MouseEvent| {
            handle.update(|model| model.show_event(target));
        });
        let operands = [
            ("what", what.clone()),
            ("event", crate::lab::transport::group(target)),
        ];
        let text = tf("lens.witness.word", &operands);
        view! {
            <button {key} class="plain event-link num" hidden={event.is_none()} {onclick}>
                { text }
            </button>
        }
    };
    let both = NodeSet::only(witness.node).to_string();
    view! {
        <li key={both.clone()}>
            <b>{ tf("lens.witness", &[("node", both)]) }</b>
            { link("first", witness.first, &kinds[0]) }
            { link("second", witness.second, &kinds[1]) }
        </li>
    }
}
