//! Measurements that the page takes of itself, where its address asks for one: `?bench=engine`,
//! `?bench=frames-9`, `?bench=history`, `?bench=idle`.

use crate::frame;
use crate::lab::scenarios;
use crate::model::{Handle, Watch, watch};
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use synod_protocols::registry;
use synod_sim::history::History;
use synod_sim::random::{Purpose, Stream};
use synod_sim::{Load, Run, Scenario};
use wasm_bindgen::JsCast;

/// How long the engine runs, in milliseconds.
const ENGINE_MS: f64 = 3_000.0;
/// Events between two looks at the clock.
const SLICE: u64 = 20_000;
/// How long frames are counted.
const FRAMES_MS: u32 = 10_000;
/// How long a paused page may settle before its frames are counted.
const SETTLE_MS: u32 = 2_000;

/// What a page's address asks to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bench {
    Engine,
    /// Script a frame, with so many loaded servers.
    Frames {
        nodes: usize,
    },
    /// How long it takes to go to any moment of a long run.
    History,
    /// What a paused page does.
    Idle,
}

impl Bench {
    /// Reads the address's question mark and what follows.
    pub fn asked(search: &str) -> Option<Bench> {
        match search.strip_prefix("?bench=")? {
            "engine" => Some(Bench::Engine),
            "history" => Some(Bench::History),
            "idle" => Some(Bench::Idle),
            name => {
                let nodes = name.strip_prefix("frames-")?.parse::<usize>().ok()?;
                (3..=9).contains(&nodes).then_some(Bench::Frames { nodes })
            }
        }
    }
}

fn now_ms() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

/// Puts a result where a script can read it.
fn report(numbers: &[(&str, u64)]) {
    let pairs: Vec<String> = numbers
        .iter()
        .map(|(name, number)| format!("\"{name}\":{number}"))
        .collect();
    let Ok(element) = document().create_element("pre") else {
        return;
    };
    element.set_id("bench-result");
    element.set_text_content(Some(&["{", &pairs.join(","), "}"].concat()));
    let _ = document().body().map(|body| body.append_child(&element));
}

/// Runs five loaded servers, the invariants and quorums watched, as fast as they go.
pub fn engine() {
    let mut scenario = Scenario::new(registry::ALL[0].name, 5);
    scenario.clients.sessions = 16;
    scenario.clients.load = Load::Think { pause_us: 0 };
    match synod_sim::open(&scenario) {
        Ok(run) => slice(Measured {
            watch: watch(run.as_view()),
            run,
            spent_ms: 0.0,
        }),
        Err(_) => report(&[("refused", 1)]),
    }
}

struct Measured {
    run: Box<dyn Run>,
    watch: Watch,
    spent_ms: f64,
}

/// Runs for a tenth of a second, then lets the browser breathe.
fn slice(mut measured: Measured) {
    let begun = now_ms();
    while now_ms() - begun < 100.0 {
        measured.run.run_until(u64::MAX, SLICE, &mut measured.watch);
    }
    measured.spent_ms += now_ms() - begun;
    if measured.spent_ms < ENGINE_MS {
        Timeout::new(0, move || slice(measured)).forget();
        return;
    }
    // Whole numbers throughout: the formatter of floats would be the page's largest function.
    let delivered = measured.run.counters().arrived;
    let milliseconds = measured.spent_ms as u64;
    let numbers = [
        ("delivered", delivered),
        ("events", measured.run.events()),
        ("milliseconds", milliseconds),
        ("per_second", delivered * 1_000 / milliseconds.max(1)),
    ];
    report(&numbers);
}

/// How long the run is in which seeks are measured.
const LONG_RUN: u64 = 1_000_000;
/// How many seeks are measured, and how many without a pause for the browser.
const SEEKS: usize = 1_000;
const SEEKS_A_SLICE: usize = 20;

/// Fills the history of a loaded cluster, and goes to random events of it.
pub fn history() {
    let mut scenario = Scenario::new(registry::ALL[0].name, 5);
    scenario.clients.sessions = 16;
    scenario.clients.load = Load::Think { pause_us: 0 };
    match History::open(&scenario, watch) {
        Ok(history) => fill(history),
        Err(_) => report(&[("refused", 1)]),
    }
}

fn fill(mut history: History<Watch>) {
    history.run_until(u64::MAX, SLICE.min(LONG_RUN - history.len()), &mut ());
    Timeout::new(0, move || {
        if history.len() < LONG_RUN {
            fill(history);
        } else {
            let draw = Stream::new(1, Purpose::Sweep, 1);
            seek(history, draw, Vec::new());
        }
    })
    .forget();
}

fn seek(mut history: History<Watch>, mut draw: Stream, mut taken_us: Vec<u64>) {
    for _ in 0..SEEKS_A_SLICE {
        let event = draw.below(history.len() + 1);
        let begun = now_ms();
        history.seek(event);
        taken_us.push(((now_ms() - begun) * 1_000.0) as u64);
    }
    if taken_us.len() < SEEKS {
        Timeout::new(0, move || seek(history, draw, taken_us)).forget();
        return;
    }
    taken_us.sort_unstable();
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    let bytes = u64::from(buffer.byte_length());
    report(&[
        ("events", history.len()),
        ("keyframes", history.keyframes() as u64),
        ("bytes_per_event", bytes / history.len().max(1)),
        ("seek_us_p50", taken_us[SEEKS / 2]),
        ("seek_us_p99", taken_us[SEEKS * 99 / 100]),
        ("seek_us_max", taken_us[SEEKS - 1]),
    ]);
}

/// Plays a loaded cluster in the page and counts the script's milliseconds a frame.
pub fn frames(handle: &Handle, nodes: usize) {
    let mut scenario = scenarios::lab(registry::ALL[0].name, nodes);
    scenario.clients.sessions = scenario.clients.sessions.max(4);
    scenario.clients.load = Load::Think { pause_us: 10_000 };
    scenarios::open(handle, Ok(scenario));
    Timeout::new(SETTLE_MS, move || count_frames(nodes)).forget();
}

fn count_frames(nodes: usize) {
    // How many frames took so many hundredths of a millisecond; the last place takes the longer.
    let taken = Rc::new(RefCell::new(vec![0_u64; 10_000]));
    frame::set_probe({
        let taken = Rc::clone(&taken);
        move |ms| {
            let mut taken = taken.borrow_mut();
            let place = ((ms * 100.0) as usize).min(taken.len() - 1);
            taken[place] += 1;
        }
    });
    Timeout::new(FRAMES_MS, move || {
        let taken = taken.borrow();
        let frames: u64 = taken.iter().sum();
        let sum_us: u64 = taken
            .iter()
            .zip(0..)
            .map(|(count, place)| count * place * 10)
            .sum();
        // The shortest time within which so many frames in a thousand were done.
        let within = |share: u64| {
            let mut left = (frames * share).div_ceil(1_000);
            let enough = |count: &u64| {
                left = left.saturating_sub(*count);
                left == 0
            };
            taken.iter().position(enough).unwrap_or(0) as u64 * 10
        };
        report(&[
            ("nodes", nodes as u64),
            ("frames", frames),
            ("mean_us", sum_us / frames.max(1)),
            ("p50_us", within(500)),
            ("p99_us", within(990)),
            ("max_us", within(1_000)),
        ]);
    })
    .forget();
}

/// Pauses the page, lets it settle and counts the frames that it still draws.
pub fn idle(handle: &Handle) {
    handle.update(|model| model.set_playing(false));
    Timeout::new(SETTLE_MS, || {
        let drawn = Rc::new(Cell::new(0_u32));
        frame::set_probe({
            let drawn = Rc::clone(&drawn);
            move |_| drawn.set(drawn.get() + 1)
        });
        Timeout::new(FRAMES_MS / 2, move || {
            report(&[("frames", u64::from(drawn.get()))]);
        })
        .forget();
    })
    .forget();
}
