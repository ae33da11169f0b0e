//! Names beside values, as every part of the inspector shows them.

use yew::prelude::*;

/// A name and its value.
pub struct Fact {
    pub name: String,
    pub value: String,
    /// What is different about it, for instance that the disk is behind.
    pub remark: Option<String>,
}

impl Fact {
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Fact {
        Fact {
            name: name.into(),
            value: value.into(),
            remark: None,
        }
    }
}

/// A list of names and values.
pub fn list(facts: &[Fact]) -> Html {
    let rows = facts.iter().map(|fact| {
        view! {
            <div key={fact.name.clone()} class="fact">
                <dt>{ fact.name.clone() }</dt>
                <dd class="num">
                    { fact.value.clone() }
                    <small hidden={fact.remark.is_none()}>
                        { fact.remark.clone().unwrap_or_default() }
                    </small>
                </dd>
            </div>
        }
    });
    view! { <dl class="facts-list">{ for rows }</dl> }
}
