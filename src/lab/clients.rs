//! The clients: send a command, or a steady load, and see what they were told.

use crate::hooks::{use_after, use_value};
use crate::lab::icon::icon;
use crate::model::{Handle, Model, use_model};
use crate::text::{answer_text, show_time, t, tf};
use crate::view::{classes, part};
use synod_protocols::{ClientId, Micros, Op};
use synod_sim::{Action, ClientView, Load};
use yew::prelude::*;

/// Commands that one click sends.
const QUICK: [&str; 4] = ["put x 1", "append x 2", "cas x 1 3", "get x"];
/// How long a session waits before its next command, where the scenario does not say.
const PAUSE_US: Micros = 50_000;
/// How many sessions are listed.
const LISTED: usize = 8;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    /// Whether the panel can be seen; otherwise nothing is drawn.
    pub shown: bool,
}

#[component]
pub fn Clients(props: &Props) -> Html {
    use_model(&props.handle);
    let model = props.handle.read();
    let clients = if props.shown {
        model.run().clients()
    } else {
        Vec::new()
    };
    let rows = clients
        .iter()
        .take(LISTED)
        .map(|client| session(&model, client));
    let more = clients.len().saturating_sub(LISTED);
    view! {
        <>
            <div key="head" class="panel-head">
                <h2 class="kick">{ t("clients.title") }</h2>
                { load_switch(&props.handle, &model) }
            </div>
            { part::<CommandLine>("line", LineProps { handle: props.handle.clone() }) }
            <ul key="sessions" class="sessions scroller" tabindex="0"
                aria-label={t("clients.sessions")}>
                { for rows }
                <li key="more" class="muted" hidden={more == 0}>
                    { tf("clients.more", &[("n", more.to_string())]) }
                </li>
            </ul>
        </>
    }
}

/// One session: what it waits for, or else what it was told last.
fn session(model: &Model, client: &ClientView) -> Html {
    let (class, text) = match (&client.waiting, &client.last) {
        (Some((op, _, asked_us, to)), _) => {
            let since = show_time(model.run().now().saturating_sub(*asked_us));
            let operands = [
                ("op", op.to_string()),
                ("node", to.to_string()),
                ("since", since),
            ];
            ("waits", tf("clients.waiting", &operands))
        }
        (None, Some((op, answer))) => {
            let operands = [("op", op.to_string()), ("answer", answer_text(answer))];
            ("told", tf("clients.told", &operands))
        }
        (None, None) => ("idle", t("clients.idle").to_string()),
    };
    let id = if client.queued > 0 {
        "clients.counts.queued"
    } else {
        "clients.counts"
    };
    let counts = tf(
        id,
        &[
            ("answered", client.answered.to_string()),
            ("queued", client.queued.to_string()),
        ],
    );
    view! {
        <li key={client.id.to_string()} class="session">
            <b>{ client.id.to_string() }</b>
            <span class={classes(&["num", class])}>{ text }</span>
            <small class="num">{ counts }</small>
        </li>
    }
}

/// How long sessions wait between commands at this moment; nothing while they rest.
fn load(model: &Model) -> Option<Micros> {
    let scenario = model.run().scenario();
    let now = model.run().now();
    let by_action = scenario
        .script
        .iter()
        .rev()
        .find_map(|item| match &*item.action {
            Action::Load { pause_us } if item.after.is_some() || item.at_us <= now => {
                Some(*pause_us)
            }
            _ => None,
        });
    by_action.unwrap_or(match scenario.clients.load {
        Load::Off => None,
        Load::Think { pause_us } => Some(pause_us),
    })
}

fn load_switch(handle: &Handle, model: &Model) -> Html {
    let on = load(model).is_some();
    let onclick = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| {
            handle.update(|model| {
                let pause_us = match (load(model), model.original().clients.load) {
                    (Some(_), _) => None,
                    (None, Load::Think { pause_us }) => Some(pause_us),
                    (None, Load::Off) => Some(PAUSE_US),
                };
                model.act(Action::Load { pause_us });
            });
        })
    };
    view! {
        <button id="load" class="switch" role="switch" aria-checked={on.to_string()} {onclick}>
            { t("clients.load") }
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct LineProps {
    handle: Handle,
}

/// The command that the reader writes, and what is wrong with it.
#[component]
fn CommandLine(props: &LineProps) -> Html {
    let input = use_node_ref();
    let trouble = use_value(|| None::<String>);
    // Set once: a value in the markup would overwrite what the reader has typed.
    use_after(&[], {
        let input = input.clone();
        move || {
            if let Some(input) = input.cast::<web_sys::HtmlInputElement>() {
                input.set_value(QUICK[0]);
            }
        }
    });
    let onsubmit = {
        let (handle, input, trouble) = (props.handle.clone(), input.clone(), trouble.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(input) = input.cast::<web_sys::HtmlInputElement>() else {
                return;
            };
            match Op::parse(&input.value()) {
                Ok(op) => {
                    trouble.set(None);
                    send(&handle, op);
                }
                Err(why) => trouble.set(Some(tf("clients.wrong", &[("why", why)]))),
            }
        })
    };
    let quick = QUICK.map(|text| {
        let (handle, input, trouble) = (props.handle.clone(), input.clone(), trouble.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            if let Some(input) = input.cast::<web_sys::HtmlInputElement>() {
                input.set_value(text);
            }
            trouble.set(None);
            if let Ok(op) = Op::parse(text) {
                send(&handle, op);
            }
        });
        view! { <button key={text} type="button" class="chip" {onclick}>{ text }</button> }
    });
    let wrong = trouble.is_some();
    view! {
        <form class="command" {onsubmit}>
            <div class="row">
                <input key="command" id="command" type="text" ref={input}
                    aria-label={t("clients.command")} aria-invalid={wrong.to_string()}
                    aria-describedby="command-error" autocomplete="off" autocapitalize="off"
                    spellcheck="false" maxlength="800" />
                <button key="send" type="submit">
                    { icon("send") }
                    <span>{ t("clients.send") }</span>
                </button>
            </div>
            <p id="command-error" class="error" role="alert" hidden={!wrong}>
                { (*trouble).clone().unwrap_or_default() }
            </p>
            <div class="chips" role="group" aria-label={t("clients.quick")}>{ for quick }</div>
        </form>
    }
}

/// Gives a command to the session that has the least to do.
fn send(handle: &Handle, op: Op) {
    handle.update(|model| {
        let work = |client: &ClientView| client.queued + usize::from(client.waiting.is_some());
        let clients = model.run().clients();
        let client = clients.iter().min_by_key(|client| work(client));
        let client = client.map_or(ClientId(0), |client| client.id);
        model.act(Action::Command { client, op });
    });
}
