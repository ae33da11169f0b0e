//! Measurements that the page takes of itself, where its address asks for one: `?bench=engine`,
//! `?bench=frames-9`, `?bench=idle`.

use crate::frame;
use crate::lab::scenarios;
use crate::model::Handle;
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use synod_check::Monitor;
use synod_protocols::registry;
use synod_sim::{Load, Run, Scenario};

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
    /// What a paused page does.
    Idle,
}

impl Bench {
    /// Reads the address's question mark and what follows.
    pub fn asked(search: &str) -> Option<Bench> {
        match search.strip_prefix("?bench=")? {
            "engine" => Some(Bench::Engine),
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
fn report(text: &str) {
    let Ok(element) = document().create_element("pre") else {
        return;
    };
    element.set_id("bench-result");
    element.set_text_content(Some(text));
    let _ = document().body().map(|body| body.append_child(&element));
}

/// Runs five loaded servers, the invariants watched, as fast as they go.
pub fn engine() {
    let mut scenario = Scenario::new(registry::ALL[0].name, 5);
    scenario.clients.sessions = 16;
    scenario.clients.load = Load::Think { pause_us: 0 };
    match synod_sim::open(&scenario) {
        Ok(run) => slice(Measured {
            monitor: Monitor::new(run.as_view(), true),
            run,
            spent_ms: 0.0,
        }),
        Err(why) => report(&why.to_string()),
    }
}

struct Measured {
    run: Box<dyn Run>,
    monitor: Monitor,
    spent_ms: f64,
}

/// Runs for a tenth of a second, then lets the browser breathe.
fn slice(mut measured: Measured) {
    let begun = now_ms();
    while now_ms() - begun < 100.0 {
        measured
            .run
            .run_until(u64::MAX, SLICE, &mut measured.monitor);
    }
    measured.spent_ms += now_ms() - begun;
    if measured.spent_ms < ENGINE_MS {
        Timeout::new(0, move || slice(measured)).forget();
        return;
    }
    let delivered = measured.run.counters().arrived;
    let seconds = measured.spent_ms / 1_000.0;
    report(&format!(
        "{{\"delivered\":{delivered},\"events\":{},\"seconds\":{seconds},\"per_second\":{}}}",
        measured.run.events(),
        (delivered as f64 / seconds) as u64,
    ));
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
    let taken = Rc::new(RefCell::new(Vec::<f64>::with_capacity(1_000)));
    frame::set_probe({
        let taken = Rc::clone(&taken);
        move |ms| taken.borrow_mut().push(ms)
    });
    Timeout::new(FRAMES_MS, move || {
        let mut taken = taken.borrow().clone();
        taken.sort_by(f64::total_cmp);
        let at = |share: usize| taken.get(taken.len() * share / 100).copied().unwrap_or(0.0);
        let mean = taken.iter().sum::<f64>() / taken.len().max(1) as f64;
        report(&format!(
            "{{\"nodes\":{nodes},\"frames\":{},\"mean_ms\":{mean},\"p50_ms\":{},\"p99_ms\":{},\
             \"max_ms\":{}}}",
            taken.len(),
            at(50),
            at(99),
            taken.last().copied().unwrap_or(0.0),
        ));
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
            report(&format!("{{\"frames\":{}}}", drawn.get()));
        })
        .forget();
    })
    .forget();
}
