//! Asks the page's worker, which is fetched at first use: see src/worker.

use crate::text::t;
use gloo::timers::callback::Timeout;
use gloo::utils::document;
use js_sys::{Object, Reflect};
use std::cell::RefCell;
use std::collections::BTreeMap;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// How long an answer may take; then the worker is given up, and the next request starts another.
const PATIENCE_MS: u32 = 60_000;

/// An answer, or what is wrong, one thing a line.
pub type Answer = Result<String, String>;
type Reply = Box<dyn FnOnce(Answer)>;

struct Bench {
    worker: Worker,
    waiting: BTreeMap<u32, (Reply, Timeout)>,
    /// Kept as long as the worker.
    _heard: [Closure<dyn FnMut(Event)>; 2],
}

thread_local! {
    static BENCH: RefCell<Option<Bench>> = const { RefCell::new(None) };
    static NEXT: RefCell<u32> = const { RefCell::new(0) };
}

/// Asks; the answer comes later.
pub fn ask(kind: &str, input: &str, reply: impl FnOnce(Answer) + 'static) {
    let id = NEXT.with_borrow_mut(|next| {
        *next += 1;
        *next
    });
    let sent = BENCH.with_borrow_mut(|bench| {
        if bench.is_none() {
            *bench = Bench::start();
        }
        let bench = bench.as_mut()?;
        let timeout = Timeout::new(PATIENCE_MS, || give_up(t("workbench.slow")));
        bench.worker.post_message(&request(id, kind, input)).ok()?;
        bench.waiting.insert(id, (Box::new(reply), timeout));
        Some(())
    });
    if sent.is_none() {
        give_up(t("workbench.refused"));
    }
}

fn request(id: u32, kind: &str, input: &str) -> Object {
    let message = Object::new();
    let put = |name: &str, value: JsValue| {
        let _ = Reflect::set(&message, &name.into(), &value);
    };
    put("id", id.into());
    put("kind", kind.into());
    put("input", input.into());
    message
}

impl Bench {
    fn start() -> Option<Bench> {
        let meta = document().query_selector("meta[name=workbench]").ok()??;
        let address = meta.get_attribute("content")?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&address, &options).ok()?;
        let heard: Closure<dyn FnMut(Event)> = Closure::new(|event: Event| {
            if let Some(message) = event.dyn_ref::<MessageEvent>() {
                hear(&message.data());
            }
        });
        let failed: Closure<dyn FnMut(Event)> =
            Closure::new(|_: Event| give_up(t("workbench.refused")));
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Some(Bench {
            worker,
            waiting: BTreeMap::new(),
            _heard: [heard, failed],
        })
    }
}

fn hear(message: &JsValue) {
    let get = |name: &str| Reflect::get(message, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let Some(id) = get("id").as_f64() else { return };
    let waiting = BENCH.with_borrow_mut(|bench| {
        let bench = bench.as_mut()?;
        bench.waiting.remove(&(id as u32))
    });
    let Some((reply, timeout)) = waiting else {
        return;
    };
    timeout.cancel();
    reply(match get("ok").as_string() {
        Some(text) => Ok(text),
        None => Err(get("error").as_string().unwrap_or_default()),
    });
}

/// Ends the worker and tells all who wait why.
fn give_up(why: &'static str) {
    let Some(bench) = BENCH.take() else { return };
    bench.worker.terminate();
    // Told, and dropped, after this call, which may come from one of its own closures.
    Timeout::new(0, move || {
        for (reply, timeout) in bench.waiting.into_values() {
            timeout.cancel();
            reply(Err(why.to_string()));
        }
    })
    .forget();
}
