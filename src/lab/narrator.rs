//! Tells those who listen what those who look can see: milestones only, and never in a flood.

use crate::hooks::{State, use_after, use_value};
use crate::lab::events::is_fault;
use crate::lab::safety;
use crate::lab::transport::group;
use crate::model::{Handle, Line, Model};
use crate::text::{event_sentence, rule, show_clock, tf};
use gloo::timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use synod_protocols::{About, Mark};
use synod_sim::EventKind;
use yew::prelude::*;

/// The least time between two announcements.
const PAUSE_MS: u32 = 2_500;
/// The most sentences in one announcement; older ones are passed over.
const MOST: usize = 5;

#[derive(Default)]
struct Memory {
    generation: u64,
    jumps: u64,
    /// The last event that was looked at.
    seen: u64,
    violations: usize,
    /// Sentences, and whether each tells what the reader did, which is never passed over.
    waiting: Vec<(bool, String)>,
    /// Runs while nothing may be said yet.
    pause: Option<Timeout>,
}

impl Memory {
    /// Looks at what has happened since the last time.
    fn catch_up(&mut self, model: &Model) {
        if self.generation != model.generation {
            *self = Memory {
                generation: model.generation,
                jumps: model.jumps,
                ..Memory::default()
            };
        }
        let about = model.run().about();
        if self.jumps != model.jumps {
            self.jumps = model.jumps;
            self.seen = model.lines.last().map_or(0, |line| line.event);
            self.waiting = vec![(true, whereabouts(model))];
        }
        let news: Vec<(bool, String)> = model
            .lines
            .since(self.seen)
            .rev()
            .filter(|line| is_milestone(about, line))
            .take(MOST)
            .map(|line| {
                let acted = matches!(line.kind, EventKind::Acted(_));
                (acted, event_sentence(about, line))
            })
            .collect();
        self.waiting.extend(news.into_iter().rev());
        self.seen = model.lines.last().map_or(0, |line| line.event);
        let violations = model.monitor().violations();
        for violation in violations.iter().skip(self.violations) {
            self.waiting.push((true, safety::sentence(violation)));
        }
        self.violations = violations.len();
        while self.waiting.len() > MOST {
            let least = self.waiting.iter().position(|(acted, _)| !acted);
            self.waiting.remove(least.unwrap_or(0));
        }
    }
}

/// Where the reader has jumped to: which event of how many, and what happened in it.
fn whereabouts(model: &Model) -> String {
    let history = model.history();
    let operands = [
        ("event", group(history.position())),
        ("of", group(history.len())),
        ("time", show_clock(model.run().now())),
    ];
    let mut text = tf("timeline.value", &operands);
    if let Some(line) = model.lines.last() {
        text.push_str(". ");
        text.push_str(&event_sentence(model.run().about(), line));
    }
    text
}

/// An election, a campaign, or something that the reader or the script did to the cluster.
fn is_milestone(about: &About, line: &Line) -> bool {
    let marked = line.notes.iter().filter_map(|note| rule(about, note));
    let led = marked
        .into_iter()
        .any(|rule| matches!(rule.mark, Mark::Election | Mark::Campaign));
    led || (is_fault(&line.kind) && matches!(line.kind, EventKind::Acted(_)))
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub handle: Handle,
}

#[component]
pub fn Narrator(props: &Props) -> Html {
    let said = use_value(String::new);
    use_after(&[], {
        let (handle, said) = (props.handle.clone(), said.clone());
        move || {
            let memory = Rc::new(RefCell::new(Memory::default()));
            let shared = handle.clone();
            handle.subscribe(Callback::from(move |()| {
                memory.borrow_mut().catch_up(&shared.read());
                speak(&memory, &said);
            }))
        }
    });
    view! {
       <div id="narration" class="hush" role="log" aria-live="polite">{ (*said).clone() }</div>
    }
}

/// Says what waits, unless something was said just now; then a timer says it later.
fn speak(memory: &Rc<RefCell<Memory>>, said: &State<String>) {
    let mut inside = memory.borrow_mut();
    if inside.pause.is_some() || inside.waiting.is_empty() {
        return;
    }
    let waiting = std::mem::take(&mut inside.waiting);
    let sentences: Vec<String> = waiting.into_iter().map(|(_, text)| text).collect();
    said.set(sentences.join(" "));
    let (again, said) = (Rc::downgrade(memory), said.clone());
    inside.pause = Some(Timeout::new(PAUSE_MS, move || {
        if let Some(memory) = again.upgrade() {
            memory.borrow_mut().pause = None;
            speak(&memory, &said);
        }
    }));
}
