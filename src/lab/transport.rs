//! The transport: play, step, speed, time, and who decides what happens next.

use crate::hooks::use_once;
use crate::lab::chooser::{self, Choice, Chooser};
use crate::lab::icon::icon;
use crate::model::{Handle, Model, Speed, use_model};
use crate::text::{t, tf};
use crate::timeline;
use crate::timeline::clock::Clock;
use crate::view::part;
use synod_sim::Action;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

#[component]
pub fn Transport(props: &Props) -> Html {
    use_model(&props.handle);
    let handle = &props.handle;
    let model = handle.read();
    let seed = model.run().scenario().seed;
    let again = tf("transport.restart", &[("seed", seed.to_string())]);
    let step = on(handle, |model| {
        if !model.step_event() {
            model.say(t("notice.quiet").to_string());
        }
    });
    let speed = SpeedProps {
        handle: handle.clone(),
        speed: model.speed.position(),
    };
    view! {
        <section class="transport" aria-label={t("transport.label")}>
            <div class="controls">
                <button id="restart" aria-label={again.clone()} title={again}
                    onclick={on(handle, |model| model.restart(None))}>
                    { icon("restart") }
                </button>
                <button id="new-seed" aria-label={t("transport.new_seed")}
                    title={t("transport.new_seed")} onclick={on(handle, new_seed)}>
                    { icon("dice") }
                </button>
                <button id="back" aria-label={t("transport.back")}
                    title={t("transport.back.title")} onclick={on(handle, Model::step_back)}>
                    { icon("back") }
                </button>
                { play_button(handle, model.playing) }
                <button id="step" onclick={step} title={t("transport.step.title")}>
                    { icon("step") }
                    <span class="label">{ t("transport.step") }</span>
                </button>
                { part::<SpeedChooser>("speed", speed) }
                { hold_button(handle, model.run().holding()) }
            </div>
            { facts(handle, &model) }
        </section>
    }
}

/// A click that changes the model.
fn on(handle: &Handle, change: fn(&mut Model)) -> Callback<MouseEvent> {
    let handle = handle.clone();
    Callback::from(move |_| handle.update(change))
}

/// Starts again with a seed that differs, and small enough to be remembered.
fn new_seed(model: &mut Model) {
    let old = model.run().scenario().seed;
    let drawn = 1 + (js_sys::Math::random() * 9_999.0) as u64;
    let seed = if drawn == old { drawn + 1 } else { drawn };
    model.restart(Some(seed));
}

fn play_button(handle: &Handle, playing: bool) -> Html {
    let onclick = on(handle, |model| {
        let playing = model.playing;
        model.set_playing(!playing);
    });
    let label = if playing {
        t("transport.pause")
    } else {
        t("transport.play")
    };
    view! {
        <button id="play" class="primary" {onclick} title={t("transport.play.title")}>
            { icon(if playing { "pause" } else { "play" }) }
            <span class="label">{ label }</span>
        </button>
    }
}

fn hold_button(handle: &Handle, holding: bool) -> Html {
    let onclick = on(handle, toggle_hold);
    view! {
        <button id="hold" aria-pressed={holding.to_string()} {onclick}
            aria-label={t("transport.hold")} title={t("transport.hold.title")}>
            { icon("hold") }
            <span class="label">{ t("transport.hold") }</span>
        </button>
    }
}

/// Takes the schedule into the reader's hands, or gives it back to the network.
pub fn toggle_hold(model: &mut Model) {
    let action = if model.run().holding() {
        Action::Release
    } else {
        Action::Hold
    };
    model.act(action);
}

/// The time, the events, the seed, and how fast it is drawn.
fn facts(handle: &Handle, model: &Model) -> Html {
    let clock = part::<Clock>(
        "clock",
        timeline::Props {
            handle: handle.clone(),
        },
    );
    let speed = if let Some((done, of)) = model.opening_progress() {
        let percent = (done * 100 / of.max(1)).to_string();
        tf("transport.opening", &[("percent", percent)])
    } else if model.run().holding() {
        t("transport.holding").to_string()
    } else if model.slow {
        t("transport.slow").to_string()
    } else {
        speed_sentence(model.speed)
    };
    let scenario = model.run().scenario();
    let events = tf("transport.events", &[("n", group(model.run().events()))]);
    view! {
        <div class="facts">
            { clock }
            <span id="events" class="num">{ events }</span>
            <span id="past" class="num" hidden={!model.history().in_past()}>
                { tf("transport.of", &[("n", group(model.history().len()))]) }
            </span>
            <span id="seed">{ tf("transport.seed", &[("seed", scenario.seed.to_string())]) }</span>
            <span id="pace">{ speed }</span>
        </div>
    }
}

/// A number with its thousands apart: `12,345`.
pub fn group(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn speed_sentence(speed: Speed) -> String {
    if speed.ratio() == (1, 1) {
        t("transport.pace.real").to_string()
    } else if speed.ratio().1 == 1 {
        tf("transport.pace.faster", &[("speed", speed.to_string())])
    } else {
        tf("transport.pace.slower", &[("speed", speed.to_string())])
    }
}

#[derive(Properties, PartialEq)]
struct SpeedProps {
    handle: Handle,
    /// Its position among the speeds.
    speed: usize,
}

#[component]
fn SpeedChooser(props: &SpeedProps) -> Html {
    let on_choose = use_once(|| {
        let handle = props.handle.clone();
        Callback::from(move |value: String| {
            let chosen = value
                .parse()
                .ok()
                .and_then(|position: usize| Speed::ALL.get(position));
            if let Some(speed) = chosen {
                handle.update(|model| model.speed = *speed);
            }
        })
    });
    let choice = |(position, speed): (usize, &Speed)| Choice {
        value: position.to_string().into(),
        label: tf("transport.speed.option", &[("speed", speed.to_string())]).into(),
        group: "",
    };
    part::<Chooser>(
        "chooser",
        chooser::Props {
            id: "speed",
            label: t("transport.speed"),
            value: props.speed.to_string().into(),
            choices: Speed::ALL.iter().enumerate().map(choice).collect(),
            on_choose: (*on_choose).clone(),
        },
    )
}
