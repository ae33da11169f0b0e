//! A sentence that shows for a while: why something was refused, or what the page has to say.

use crate::hooks::use_after;
use crate::lab::icon::icon;
use crate::model::{Handle, use_model};
use crate::text::t;
use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// How long a sentence stays: time to read it twice.
const SHOWN_MS: u32 = 8_000;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

#[component]
pub fn Toast(props: &Props) -> Html {
    use_model(&props.handle);
    let notice = props.handle.read().notice.clone();
    let number = notice.as_ref().map(|notice| notice.number);
    // Notices are counted from 1.
    use_after(&[number.unwrap_or(0)], {
        let handle = props.handle.clone();
        move || number.map(|number| Timeout::new(SHOWN_MS, move || dismiss(&handle, Some(number))))
    });
    let onclick = {
        let handle = props.handle.clone();
        Callback::from(move |_: MouseEvent| dismiss(&handle, None))
    };
    let text = notice.map(|notice| notice.text).unwrap_or_default();
    view! {
        <div class="toast" role="status" hidden={text.is_empty()}>
            <span id="notice">{ text }</span>
            <button class="plain" aria-label={t("notice.dismiss")} {onclick}>
                { icon("close") }
            </button>
        </div>
    }
}

/// Takes the sentence away, unless another one has taken its place.
fn dismiss(handle: &Handle, number: Option<u64>) {
    handle.update(|model| {
        let same = model.notice.as_ref().map(|notice| notice.number) == number;
        if number.is_none() || same {
            model.notice = None;
        }
    });
}
