//! The sheet's controls: menus and sliders, each with its name.

use crate::view::Held;
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use yew::prelude::*;

/// What a control holds now.
pub fn value_of(event: &web_sys::Event) -> String {
    let target = event.target().unwrap_or_else(|| JsValue::NULL.into());
    let value = Reflect::get(&target, &JsValue::from_str("value"));
    value
        .ok()
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

/// A menu of values, each with its words.
pub fn choices(
    id: String,
    label: String,
    values: impl Iterator<Item = (String, String)>,
    chosen: &str,
    on_choose: Callback<String>,
) -> Html {
    let option = |(value, words): (String, String)| {
        let selected = Held(JsValue::from_bool(value == chosen));
        let key = value.clone();
        view! { <option key={key} value={value} selected={selected}>{ words }</option> }
    };
    let onchange = on_choose.reform(|event: Event| value_of(&event));
    let key = id.clone();
    view! {
        <select key={key} id={id} aria-label={label} {onchange}>
            { for values.map(option) }
        </select>
    }
}

/// A slider over whole numbers.
pub struct Slider {
    pub id: String,
    /// What stands before it.
    pub name: String,
    /// What it is called where that is too short.
    pub label: String,
    pub least: u64,
    pub most: u64,
    pub value: u64,
    /// The value in words.
    pub shown: String,
}

pub fn slider(slider: Slider, on_move: Callback<String>) -> Html {
    let oninput = on_move.reform(|event: InputEvent| value_of(&event));
    let value = Held(JsValue::from_str(&slider.value.to_string()));
    let key = slider.id.clone();
    // The bounds come before the value, which they would clip.
    view! {
        <div key={key} class="slider">
            <span aria-hidden="true">{ slider.name }</span>
            <input id={slider.id} type="range" min={slider.least.to_string()}
                max={slider.most.to_string()} aria-label={slider.label}
                aria-valuetext={slider.shown.clone()} value={value} {oninput} />
            <span class="num" aria-hidden="true">{ slider.shown }</span>
        </div>
    }
}
