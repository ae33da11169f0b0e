//! A menu of choices. The browser's own, so that it works by touch, keyboard and screen reader.

use crate::hooks::use_after;
use crate::view::classes;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// One of a menu's choices.
#[derive(Clone, PartialEq)]
pub struct Choice {
    pub value: AttrValue,
    pub label: AttrValue,
    /// The heading under which it stands; empty for none.
    pub group: &'static str,
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub id: &'static str,
    pub label: &'static str,
    pub value: AttrValue,
    pub choices: Vec<Choice>,
    pub on_choose: Callback<String>,
}

#[component]
pub fn Chooser(props: &Props) -> Html {
    let node = use_node_ref();
    // The attribute `selected` no longer counts once the reader has chosen; the property does.
    let chosen = props
        .choices
        .iter()
        .position(|choice| choice.value == props.value);
    let numbers = [chosen.map_or(0, |chosen| chosen + 1), props.choices.len()];
    use_after(&numbers.map(|number| number as u64), {
        let (node, value) = (node.clone(), props.value.clone());
        move || {
            if let Some(select) = node.cast::<web_sys::HtmlSelectElement>() {
                select.set_value(&value);
            }
        }
    });
    let onchange = {
        let on_choose = props.on_choose.clone();
        Callback::from(move |event: Event| {
            let target = event.target();
            if let Some(select) = target.and_then(|target| target.dyn_into().ok()) {
                let select: web_sys::HtmlSelectElement = select;
                on_choose.emit(select.value());
            }
        })
    };
    view! {
        <label class={classes(&["chooser", props.id])}>
            <span class="hush">{ props.label }</span>
            <select id={props.id} ref={node} title={props.label} {onchange}>
                { for groups(&props.choices) }
            </select>
        </label>
    }
}

/// The options, neighbours of one group under one heading.
fn groups(choices: &[Choice]) -> Vec<Html> {
    let option = |choice: &Choice| {
        view! {
            <option key={choice.value.to_string()} value={choice.value.clone()}>
                { choice.label.clone() }
            </option>
        }
    };
    if choices.iter().all(|choice| choice.group.is_empty()) {
        return choices.iter().map(option).collect();
    }
    let chunks = choices.chunk_by(|a, b| a.group == b.group);
    chunks
        .map(|chunk| {
            let group = chunk[0].group;
            let options = chunk.iter().map(option);
            view! { <optgroup key={group} label={group}>{ for options }</optgroup> }
        })
        .collect()
}
