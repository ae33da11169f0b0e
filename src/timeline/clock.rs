//! The run's clock, which is also the way to a time: press it, and write one.

use super::Props;
use crate::hooks::{use_after, use_value};
use crate::model::use_model;
use crate::text::{show_clock, t, tf};
use synod_protocols::units::parse_duration;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The time, or where one writes the time to go to.
#[component]
pub fn Clock(props: &Props) -> Html {
    use_model(&props.handle);
    let handle = &props.handle;
    let writing = use_value(|| false);
    let field = use_node_ref();
    use_after(&[u64::from(*writing)], {
        let field = field.clone();
        move || {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                field.select();
            }
        }
    });
    let time = show_clock(handle.read().run().now());
    if !*writing {
        let onclick = {
            let writing = writing.clone();
            Callback::from(move |_: MouseEvent| writing.set(true))
        };
        let label = tf("clock.label", &[("time", time.clone())]);
        return view! {
            <button key="time" id="time" class="plain num" aria-label={label}
                title={t("clock.title")} {onclick}>{ time }</button>
        };
    }
    let onsubmit = {
        let (handle, writing, field) = (handle.clone(), writing.clone(), field.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let written = field.cast::<HtmlInputElement>().map(|field| field.value());
            let written = written.unwrap_or_default().replace([' ', '\u{a0}'], "");
            handle.update(|model| match parse_duration(&written) {
                Ok(time_us) => model.seek_time(time_us),
                Err(_) => model.say(t("clock.wrong").to_string()),
            });
            writing.set(false);
        })
    };
    let onkeydown = {
        let writing = writing.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                writing.set(false);
            }
        })
    };
    view! {
        <form key="form" class="clock" {onsubmit} {onkeydown}>
            <input id="go-to" type="text" size="9" ref={field} value={time}
                aria-label={t("clock.title")} />
        </form>
    }
}
