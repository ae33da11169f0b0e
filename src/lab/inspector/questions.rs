//! Questions to a server, answered live from its quorums and from what the network does.

use crate::model::Model;
use crate::text::{t, teller, tf};
use synod_protocols::replica::Question;
use synod_protocols::{Log, NodeId};
use synod_sim::why::{Because, why};
use yew::prelude::*;

/// How many undecided entries are asked about.
const MOST_ENTRIES: u64 = 2;

/// Why it does not lead, and why the next entries of its log are not decided.
pub fn view(model: &Model, node: NodeId) -> Html {
    let run = model.run();
    let probe = run.probe(node).unwrap_or_default();
    let mut items = Vec::new();
    if !probe.leading {
        let asked = tf("ask.lead", &[("node", node.to_string())]);
        items.push(item(
            "lead",
            asked,
            &answer(model, node, Question::NotLeading),
        ));
    }
    let last = run.log(node).map_or(0, Log::last_index);
    let decided = probe.decided;
    for index in (decided + 1..=last).take(MOST_ENTRIES as usize) {
        let asked = tf("ask.decided", &[("index", index.to_string())]);
        let answer = answer(model, node, Question::NotDecided { index });
        items.push(item(&format!("decided-{index}"), asked, &answer));
    }
    view! {
        <section key="questions" class="questions" hidden={items.is_empty()}>
            <h3 class="kick">{ t("ask.title") }</h3>
            { for items }
        </section>
    }
}

/// Why nobody leads: each server's own answer.
pub fn no_leader(model: &Model) -> Html {
    let nobody = model.run().leader().is_none();
    let items = model.nodes().filter(|_| nobody).map(|node| {
        let asked = tf("ask.lead", &[("node", node.to_string())]);
        item(
            &node.to_string(),
            asked,
            &answer(model, node, Question::NotLeading),
        )
    });
    view! {
        <section key="nobody" class="questions" hidden={!nobody}>
            <h2 class="kick">{ t("ask.nobody") }</h2>
            { for items }
        </section>
    }
}

fn answer(model: &Model, node: NodeId, question: Question) -> Because {
    why(model.run().as_view(), teller(), node, question)
}

fn item(key: &str, asked: String, because: &Because) -> Html {
    let said = because.said.iter().enumerate().map(|(k, said)| {
        view! {
            <li key={k.to_string()} class={if k == 0 { "reason" } else { "detail" }}>
                { said.text.clone() }
                <small>{ said.cite.unwrap_or_default() }</small>
            </li>
        }
    });
    view! {
        <details key={key.to_string()}>
            <summary>{ asked }</summary>
            <ul class="answers">{ for said }</ul>
        </details>
    }
}
