//! What the tiles mean, and how much slower than real the picture runs.

use super::words;
use crate::model::{Handle, Model, use_model};
use crate::text::{t, tf};
use synod_protocols::About;
use synod_sim::MessageInfo;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

/// One kind of message.
#[derive(Properties, PartialEq)]
struct KindProps {
    letter: &'static str,
    name: &'static str,
    reply: bool,
    quiet: bool,
}

/// A tile as the canvas draws it, and its name.
#[component]
fn Kind(props: &KindProps) -> Html {
    let size = if props.quiet { 6.4 } else { 8.0 };
    let shape = if props.reply {
        html! { <circle key="shape" class="reply" r={super::svg::number(size - 0.7)} /> }
    } else {
        let (corner, side) = (super::svg::number(-size), super::svg::number(2.0 * size));
        html! {
            <rect key="shape" x={corner.clone()} y={corner} width={side.clone()} height={side}
                rx="4" />
        }
    };
    let class = classes!("tile", props.reply.then_some("is-reply"));
    html! {
        <li>
            <svg {class} viewBox="-9 -9 18 18" aria-hidden="true">
                { shape }
                <text key="letter" y="3.7">{ props.letter }</text>
            </svg>
            { props.name }
        </li>
    }
}

/// The kinds that the run has sent so far: number, letter, name, whether a reply, whether quiet.
fn kinds(about: &'static About, model: &Model) -> Vec<(u8, KindProps)> {
    let counters = model.run.counters();
    let mut kinds = Vec::new();
    for (k, kind) in about.kinds.iter().enumerate() {
        if counters.sent.get(k).is_some_and(|sent| *sent > 0) {
            let quiet = kind.traffic == synod_protocols::Traffic::Heartbeat;
            let (letter, name) = (kind.letter, kind.name);
            kinds.push((
                k as u8,
                KindProps {
                    letter,
                    name,
                    reply: kind.reply,
                    quiet,
                },
            ));
        }
    }
    let clients = [
        (MessageInfo::REQUEST, counters.requests, "message.request"),
        (MessageInfo::REPLY, counters.replies, "message.reply"),
    ];
    for (kind, sent, name) in clients {
        if sent > 0 {
            let (letter, name) = (words::letter(about, kind), t(name));
            let reply = kind == MessageInfo::REPLY;
            kinds.push((
                kind,
                KindProps {
                    letter,
                    name,
                    reply,
                    quiet: false,
                },
            ));
        }
    }
    kinds
}

/// The foot of the stage.
#[component]
pub fn Legend(props: &Props) -> Html {
    use_model(&props.handle);
    let model = props.handle.read();
    let (numerator, denominator) = model.speed.ratio();
    let pace = match (numerator, denominator) {
        (1, 1) => t("stage.pace.real").to_string(),
        (n, 1) => tf("stage.pace.faster", &[("times", n.to_string())]),
        _ => tf("stage.pace.slower", &[("speed", model.speed.to_string())]),
    };
    let pace = if model.slow {
        t("stage.pace.slow").to_string()
    } else {
        pace
    };
    let kinds = kinds(model.run.about(), &model);
    html! {
        <div class="legend">
            <ul key="kinds" aria-label={t("stage.legend")}>
                { for kinds.into_iter().map(|(k, kind)| html! {
                    <Kind key={k} letter={kind.letter} name={kind.name} reply={kind.reply}
                        quiet={kind.quiet} />
                }) }
            </ul>
            <p key="pace">{ pace }</p>
        </div>
    }
}
