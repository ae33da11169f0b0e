//! Scenario files that are dropped on the page, or chosen.

use crate::lab::scenarios;
use crate::model::Handle;
use crate::text::{t, tf};
use crate::workbench::{self, Answer};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use js_sys::Promise;
use synod_share::decode;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DragEvent, File, HtmlInputElement};
use yew::Callback;

/// The longest file that is read, in bytes.
const LONGEST: f64 = 1_048_576.0;

/// What is wrong with a file: its name, what is wrong, and its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    pub file: String,
    pub errors: Vec<String>,
    pub lines: Vec<String>,
}

/// Takes files that are dropped anywhere on the page.
pub fn listen(handle: &Handle, on_trouble: Callback<Trouble>) -> [EventListener; 3] {
    let options = EventListenerOptions::enable_prevent_default();
    let body = document().document_element();
    let mark = move |on: bool| {
        if let Some(body) = &body {
            let _ = body.class_list().toggle_with_force("dropping", on);
        }
    };
    let over = {
        let mark = mark.clone();
        EventListener::new_with_options(&window(), "dragover", options, move |event| {
            event.prevent_default();
            mark(true);
        })
    };
    let leave = {
        let mark = mark.clone();
        EventListener::new(&window(), "dragleave", move |event| {
            let out = event.dyn_ref::<DragEvent>();
            if out.is_some_and(|event| event.related_target().is_none()) {
                mark(false);
            }
        })
    };
    let handle = handle.clone();
    let drop = EventListener::new_with_options(&window(), "drop", options, move |event| {
        event.prevent_default();
        mark(false);
        let files = event
            .dyn_ref::<DragEvent>()
            .and_then(DragEvent::data_transfer)
            .and_then(|transfer| transfer.files());
        match files.and_then(|files| files.get(0)) {
            Some(file) => read(&handle, &file, on_trouble.clone()),
            None => handle.update(|model| model.say(t("file.none").to_string())),
        }
    });
    [over, leave, drop]
}

/// Lets the reader choose a file.
///
/// The input must be clicked within the reader's own click, so it is made here.
pub fn choose(handle: &Handle, on_trouble: Callback<Trouble>) {
    let input = document().create_element("input").ok();
    let Some(input) = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    input.set_type("file");
    input.set_accept(".toml,text/plain");
    let (handle, chosen) = (handle.clone(), input.clone());
    let listener = EventListener::once(&input, "change", move |_| {
        if let Some(file) = chosen.files().and_then(|files| files.get(0)) {
            read(&handle, &file, on_trouble);
        }
    });
    listener.forget();
    input.click();
}

fn read(handle: &Handle, file: &File, on_trouble: Callback<Trouble>) {
    let name = file.name();
    if file.size() > LONGEST {
        let trouble = Trouble {
            errors: vec![t("file.too_long").to_string()],
            file: name,
            lines: Vec::new(),
        };
        return on_trouble.emit(trouble);
    }
    let handle = handle.clone();
    let done = move |text: JsValue| {
        let text = text.as_string().unwrap_or_default();
        let lines: Vec<String> = text.lines().map(str::to_string).collect();
        workbench::ask("open", &text, move |answer| {
            open(&handle, name, lines, answer, &on_trouble);
        });
    };
    then(&file.text(), done, |_| {});
}

/// Calls one of two when a promise has come true, or has failed.
pub fn then(
    promise: &Promise,
    done: impl FnOnce(JsValue) + 'static,
    failed: impl FnOnce(JsValue) + 'static,
) {
    let (done, failed) = (Closure::once(done), Closure::once(failed));
    let _ = promise.then2(&done, &failed);
    // They live until one of them was called.
    done.forget();
    failed.forget();
}

fn open(
    handle: &Handle,
    file: String,
    lines: Vec<String>,
    answer: Answer,
    on_trouble: &Callback<Trouble>,
) {
    let errors = match answer {
        Ok(link) => match decode(&link) {
            Ok(shared) => {
                scenarios::open(handle, Ok(shared.scenario));
                let said = tf("file.opened", &[("file", file)]);
                return handle.update(|model| model.say(said));
            }
            Err(why) => vec![tf(why.id, &why.operands)],
        },
        Err(errors) => errors.lines().map(str::to_string).collect(),
    };
    on_trouble.emit(Trouble {
        file,
        errors,
        lines,
    });
}
