//! The dialog in which sheets open: taking a run away, setting one up, what is wrong with a file.

use super::files::{self, Trouble};
use super::{address, forget, picture, save};
use crate::hooks::{State, use_after, use_modal, use_once, use_value};
use crate::lab::icon::icon;
use crate::model::{Handle, Model};
use crate::setup::{self, Setup};
use crate::text::{t, tf};
use crate::view::{classes, part};
use crate::workbench;
use gloo::utils::window;
use synod_share::{encode, share};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What can be taken away: the worker's request, the file's ending, its type, and its name.
const TAKEN: [(&str, &str, &str, &str); 6] = [
    ("toml", "toml", "text/plain", "take.toml"),
    ("picture", "svg", "image/svg+xml", "take.picture"),
    ("spacetime", "svg", "image/svg+xml", "take.spacetime"),
    ("mermaid", "mmd", "text/plain", "take.mermaid"),
    ("ndjson", "ndjson", "application/x-ndjson", "take.ndjson"),
    ("shiviz", "log", "text/plain", "take.shiviz"),
];

/// Which sheet is open.
#[derive(Clone, PartialEq)]
pub enum Sheet {
    None,
    Share,
    Setup,
    Trouble(Trouble),
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
    pub sheet: Sheet,
    pub on_close: Callback<()>,
    pub on_open: Callback<()>,
}

#[component]
pub fn Dialog(props: &Props) -> Html {
    let node = use_node_ref();
    let open = props.sheet != Sheet::None;
    use_modal(&node, open);
    let onclose = props.on_close.reform(|_: Event| ());
    let close = props.on_close.reform(|_: MouseEvent| ());
    let inside = match &props.sheet {
        Sheet::None => view! { <div key="none"></div> },
        Sheet::Setup => part::<Setup>(
            "setup",
            setup::Props {
                handle: props.handle.clone(),
                close: close.clone(),
            },
        ),
        Sheet::Share => part::<ShareSheet>(
            "share",
            SheetProps {
                handle: props.handle.clone(),
                close,
                on_open: props.on_open.clone(),
            },
        ),
        Sheet::Trouble(trouble) => trouble_sheet(trouble, close),
    };
    let wide = if props.sheet == Sheet::Setup {
        "setup"
    } else {
        ""
    };
    view! {
        <dialog class={classes(&["help", "sheet", wide])} ref={node} aria-labelledby="sheet-title" {onclose}>
            { inside }
        </dialog>
    }
}

#[derive(Properties, PartialEq)]
struct SheetProps {
    handle: Handle,
    close: Callback<MouseEvent>,
    on_open: Callback<()>,
}

#[component]
fn ShareSheet(props: &SheetProps) -> Html {
    let handle = &props.handle;
    let field = use_node_ref();
    let link = use_once(|| address(&handle.read()));
    let code = use_value(String::new);
    let said = use_value(|| "");
    use_after(&[], {
        let (link, code) = (link.clone(), code.clone());
        move || {
            if let Ok(link) = &*link {
                workbench::ask("qr", link, move |answer| {
                    code.set(answer.unwrap_or_default());
                });
            }
        }
    });
    let (text, wrong) = match &*link {
        Ok(link) => (link.clone(), String::new()),
        Err(why) => (String::new(), why.clone()),
    };
    let copy = {
        let (text, field, said) = (text.clone(), field.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.select();
            }
            let said = said.clone();
            copy_text(&text, move |done| {
                said.set(t(if done {
                    "share.copied"
                } else {
                    "share.press_copy"
                }));
            });
        })
    };
    let forget_kept = {
        let said = said.clone();
        Callback::from(move |_: MouseEvent| {
            forget();
            said.set(t("share.forgotten"));
        })
    };
    let hidden = !wrong.is_empty();
    view! {
        <div class="help-body">
            { head(t("share.title").to_string(), props.close.clone()) }
            <p key="about">{ t("share.about") }</p>
            <p key="wrong" class="wrong" hidden={!hidden}>{ wrong }</p>
            { link_row(text, field, hidden, copy) }
            <p key="said" id="share-said" role="status">{ *said }</p>
            <div key="two" class="share-two">
                { qr(&code) }
                <section key="take">
                    { takes(handle, &said) }
                    { kept(forget_kept, props.on_open.clone()) }
                </section>
            </div>
        </div>
    }
}

/// A sheet's title, and the button that closes it.
pub fn head(title: String, close: Callback<MouseEvent>) -> Html {
    view! {
        <div key="head" class="row">
            <h2 id="sheet-title" class="grow">{ title }</h2>
            <button class="plain" aria-label={t("help.close")} onclick={close}>
                { icon("close") }
            </button>
        </div>
    }
}

/// The link, its length, and the button that copies it.
fn link_row(text: String, field: NodeRef, hidden: bool, copy: Callback<MouseEvent>) -> Html {
    let length = tf("share.length", &[("n", text.len().to_string())]);
    view! {
        <div key="link" class="share-link" {hidden}>
            <input key="field" id="share-link" type="text" readonly={true} ref={field}
                aria-label={t("share.link")} value={text} />
            <button key="copy" id="share-copy" class="primary" onclick={copy}>
                { t("share.copy") }
            </button>
            <span key="length" class="muted num">{ length }</span>
        </div>
    }
}

/// The forms in which the run can be taken away.
fn takes(handle: &Handle, said: &State<&'static str>) -> Html {
    let takes = TAKEN.map(|(kind, ending, mime, name)| {
        let (handle, said) = (handle.clone(), said.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            take(&handle.read(), kind, ending, mime, &said);
        });
        view! { <button key={kind} id={["take-", kind].concat()} {onclick}>{ t(name) }</button> }
    });
    let png = {
        let handle = handle.clone();
        Callback::from(move |_: MouseEvent| picture::save_png(&handle.read()))
    };
    view! {
        <div key="takes">
            <h3 class="kick">{ t("take.title") }</h3>
            <div class="takes">
                { for takes }
                <button key="png" id="take-png" onclick={png}>{ t("take.png") }</button>
            </div>
        </div>
    }
}

fn kept(forget: Callback<MouseEvent>, open: Callback<()>) -> Html {
    let open = open.reform(|_: MouseEvent| ());
    view! {
        <div key="kept">
            <h3 class="kick">{ t("share.kept") }</h3>
            <p class="muted">{ t("share.kept.about") }</p>
            <div class="takes">
                <button key="forget" id="share-forget" onclick={forget}>
                    { t("share.forget") }
                </button>
                <button key="open" id="share-open" onclick={open}>{ t("share.open") }</button>
            </div>
        </div>
    }
}

/// A QR code: `size path`, as the worker gives it.
fn qr(code: &str) -> Html {
    let (size, path) = code.split_once(' ').unwrap_or(("0", ""));
    let view_box = ["0 0 ", size, " ", size].concat();
    view! {
        <figure key="qr" class="qr" hidden={path.is_empty()}>
            <svg id="share-qr" viewBox={view_box} role="img" aria-label={t("share.qr")}>
                <path d={path.to_string()} />
            </svg>
            <figcaption class="muted">{ t("share.qr.about") }</figcaption>
        </figure>
    }
}

/// Asks the worker for a file, and saves it.
fn take(
    model: &Model,
    kind: &'static str,
    ending: &'static str,
    mime: &'static str,
    said: &State<&'static str>,
) {
    let link = match encode(&share(model.history())) {
        Ok(link) => link,
        Err(_) => return said.set(t("take.too_long")),
    };
    let dark = picture::is_dark();
    let input = [if dark { "dark " } else { "light " }, &link].concat();
    let said = said.clone();
    said.set(t("take.making"));
    workbench::ask(kind, &input, move |answer| match answer {
        Ok(content) => {
            save::text(&["synod-run.", ending].concat(), mime, &content);
            said.set(t("take.saved"));
        }
        Err(_) => said.set(t("take.failed")),
    });
}

/// Copies the link at once, and says whether that worked.
pub fn copy_link(handle: &Handle) {
    let link = address(&handle.read());
    match link {
        Err(why) => handle.update(|model| model.say(why)),
        Ok(link) => {
            let handle = handle.clone();
            copy_text(&link, move |done| {
                let said = t(if done {
                    "share.copied"
                } else {
                    "share.refused"
                });
                handle.update(|model| model.say(said.to_string()));
            });
        }
    }
}

/// Copies a text; tells whether the browser let it.
fn copy_text(text: &str, done: impl Fn(bool) + Clone + 'static) {
    let refused = done.clone();
    let promise = window().navigator().clipboard().write_text(text);
    files::then(&promise, move |_| done(true), move |_| refused(false));
}

fn trouble_sheet(trouble: &Trouble, close: Callback<MouseEvent>) -> Html {
    let rows = trouble.errors.iter().enumerate().map(|(k, error)| {
        let line = error
            .split_once(':')
            .and_then(|(line, _)| line.parse::<usize>().ok())
            .and_then(|line| trouble.lines.get(line.checked_sub(1)?));
        view! {
            <li key={k.to_string()}>
                <span>{ error.clone() }</span>
                <code hidden={line.is_none()}>{ line.cloned().unwrap_or_default() }</code>
            </li>
        }
    });
    let title = tf("file.trouble", &[("file", trouble.file.clone())]);
    view! {
        <div class="help-body">
            { head(title, close) }
            <p key="kept">{ t("file.kept") }</p>
            <ol key="errors" id="file-errors" class="file-errors">{ for rows }</ol>
        </div>
    }
}
