//! The logs of all servers, one row each, of any length: only what can be seen is drawn.

use crate::hooks::{State, use_after, use_value};
use crate::model::{Handle, Model, Selection, use_model};
use crate::palette;
use crate::text::{t, tf};
use crate::view::{classes, part};
use gloo::events::EventListener;
use synod_protocols::{Log, NodeId};
use synod_sim::Status;
use yew::prelude::*;

/// A cell's width and height, the gap between rows, and the height of the index line, in pixels.
const CELL: u64 = 26;
const ROW: u64 = 20;
const GAP: u64 = 3;
const HEAD: u64 = 16;
/// Further right than any log is long.
const FAR_RIGHT_PX: i32 = 30_000_000;
/// Cells drawn beyond either edge, so that scrolling never shows a hole.
const MARGIN: u64 = 6;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    /// Whether the panel can be seen; otherwise nothing is drawn.
    pub shown: bool,
}

#[component]
pub fn Matrix(props: &Props) -> Html {
    use_model(&props.handle);
    let model = props.handle.read();
    let names = model
        .nodes()
        .map(|node| name_button(&props.handle, &model, node));
    view! {
        <>
            <div key="head" class="panel-head">
                <h2 class="kick">{ t("matrix.title") }</h2>
                <p class="muted key-line">{ t("matrix.legend") }</p>
            </div>
            <div key="rows" class="matrix">
                <div class="matrix-names">{ for names }</div>
                { part::<Rows>("rows", Props { handle: props.handle.clone(), shown: props.shown }) }
            </div>
        </>
    }
}

/// A server's name, which chooses it.
fn name_button(handle: &Handle, model: &Model, node: NodeId) -> Html {
    let chosen = model.selection == Some(Selection::Node(node));
    let onclick = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| {
            handle.update(|model| model.selection = Some(Selection::Node(node)));
        })
    };
    let label = tf("matrix.choose", &[("node", node.to_string())]);
    view! {
        <button key={node.to_string()} class="plain" aria-pressed={chosen.to_string()}
            aria-label={label} {onclick}>
            { node.to_string() }
        </button>
    }
}

/// What part of the logs is in sight.
#[derive(Clone, Copy, PartialEq)]
struct View {
    /// The first visible index, counted from 0, while the reader reads older entries.
    first: Option<u64>,
    /// How many cells fit.
    fit: u64,
}

#[component]
fn Rows(props: &Props) -> Html {
    let revision = use_model(&props.handle);
    let scroller = use_node_ref();
    let view = use_value(|| View {
        first: None,
        fit: 60,
    });
    let longest = longest(&props.handle.read());
    use_width(&scroller, &view, props.shown);
    let first = view.first;
    let numbers = [
        revision,
        first.map_or(0, |first| first + 1),
        longest,
        u64::from(props.shown),
    ];
    use_after(&numbers, {
        let scroller = scroller.clone();
        move || {
            if first.is_none()
                && let Some(element) = scroller.cast::<web_sys::Element>()
            {
                element.set_scroll_left(FAR_RIGHT_PX);
            }
        }
    });
    let onscroll = {
        let (scroller, view) = (scroller.clone(), view.clone());
        Callback::from(move |_: Event| {
            let Some(element) = scroller.cast::<web_sys::Element>() else {
                return;
            };
            let left = element.scroll_left();
            let rest = element.scroll_width() - element.client_width() - left;
            let first = (rest > CELL as i32).then(|| left.max(0) as u64 / CELL);
            view.set(View { first, ..*view });
        })
    };
    if !props.shown {
        return view! { <div class="matrix-scroll"></div> };
    }
    let model = props.handle.read();
    let first = view
        .first
        .unwrap_or(longest.saturating_sub(view.fit))
        .saturating_sub(MARGIN);
    let last = (first + view.fit + 2 * MARGIN).min(longest);
    let nodes = model.run().scenario().nodes as u64;
    let width = (longest.max(1) * CELL).to_string();
    let height = (HEAD + nodes * (ROW + GAP)).to_string();
    view! {
        <div class="matrix-scroll scroller" ref={scroller} tabindex="0" role="region"
            aria-label={t("matrix.region")} {onscroll}>
            <p class="muted empty" hidden={longest > 0}>{ t("matrix.empty") }</p>
            <svg {width} {height} role="img" aria-label={summary(&model)}>
                { for (first + 1..=last).map(index_label) }
                { for model.nodes().map(|node| row(&model, node, first + 1, last)) }
            </svg>
        </div>
    }
}

/// Keeps track of how many cells fit, which changes with the window alone.
#[hook]
fn use_width(scroller: &NodeRef, view: &State<View>, shown: bool) {
    let (scroller, view) = (scroller.clone(), view.clone());
    use_after(&[u64::from(shown)], move || {
        let measure = move || {
            if let Some(element) = scroller.cast::<web_sys::Element>() {
                let fit = element.client_width().max(0) as u64 / CELL + 1;
                view.set(View { first: None, fit });
            }
        };
        measure();
        let window = gloo::utils::window();
        EventListener::new(&window, "resize", move |_| measure())
    });
}

fn longest(model: &Model) -> u64 {
    let lengths = model
        .nodes()
        .map(|node| model.run().log(node).map_or(0, Log::last_index));
    lengths.max().unwrap_or(0)
}

fn index_label(index: u64) -> Html {
    // Four digits do not fit above every cell.
    let shown = index < 1_000 || index.is_multiple_of(5);
    let label = if shown {
        index.to_string()
    } else {
        String::new()
    };
    let x = ((index - 1) * CELL + CELL / 2).to_string();
    view! {
        <text key={index} class="index" {x} y="11">{ label }</text>
    }
}

/// One server's entries: filled when it knows them to be decided, dashed until then.
fn row(model: &Model, node: NodeId, from: u64, to: u64) -> Html {
    let top = HEAD + node.index() as u64 * (ROW + GAP);
    let decided = model.run().probe(node).map_or(0, |probe| probe.decided);
    let log = model.run().log(node);
    let cells = (from..=to).filter_map(|index| {
        let entry = log.and_then(|log| log.get(index));
        let entry = entry.filter(|entry| !entry.is_gap())?;
        let x = (index - 1) * CELL;
        let state = if index <= decided { "decided" } else { "open" };
        Some(view! {
            <g key={index} class={classes(&["cell", state, palette::slot(entry.epoch)])}>
                <rect x={(x + 1).to_string()} y={(top + 1).to_string()} rx="3"
                    width={(CELL - 3).to_string()} height={(ROW - 1).to_string()} />
                <text x={(x + CELL / 2).to_string()} y={(top + ROW / 2 + 5).to_string()}>
                    { model.run().about().show_epoch(entry.epoch) }
                </text>
            </g>
        })
    });
    let down = model.run().status(node) == Status::Crashed;
    view! { <g key={node.to_string()} class={down.then_some("down")}>{ for cells }</g> }
}

/// The same in words: how far each server's log reaches, and how much of it is decided.
fn summary(model: &Model) -> String {
    let mut text = String::new();
    for node in model.nodes() {
        let operands = [
            ("node", node.to_string()),
            (
                "last",
                model.run().log(node).map_or(0, Log::last_index).to_string(),
            ),
            (
                "decided",
                model
                    .run()
                    .probe(node)
                    .map_or(0, |probe| probe.decided)
                    .to_string(),
            ),
        ];
        text.push_str(&tf("matrix.summary", &operands));
        text.push(' ');
    }
    text
}
