//! `synod run`: a scenario, told or summed up.

use crate::input::{duration, scenario_file, scenario_text};
use crate::narrate::Narrator;
use crate::sweep::seed_scenario;
use crate::{BadInput, link};
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use synod_check::linear::Recorder;
use synod_protocols::units::show_duration;
use synod_protocols::{NodeId, NodeSet};
use synod_sim::trace::Tracer;
use synod_sim::{Event, Observer, Run, Scenario, Stop, View, open};

/// The most events of one run from the command line.
const MOST_EVENTS: u64 = 20_000_000;

#[derive(clap::Args)]
pub struct Args {
    /// The scenario's file.
    #[arg(required_unless_present_any = ["sweep_seed", "link"])]
    scenario: Option<PathBuf>,
    /// Run what this link carries instead of a file: a whole address, or what follows `#run=`.
    #[arg(long, conflicts_with_all = ["scenario", "sweep_seed", "set"])]
    link: Option<String>,
    /// Run this seed of a sweep instead of a file.
    #[arg(long, conflicts_with = "scenario")]
    sweep_seed: Option<u64>,
    /// The protocol of the sweep's seed.
    #[arg(long, default_value = "raft")]
    protocol: String,
    /// The servers of the sweep's seed.
    #[arg(long, default_value_t = 5)]
    nodes: usize,
    /// Stop at this time, such as 10s, instead of the scenario's own.
    #[arg(long)]
    until: Option<String>,
    /// Set a value over the scenario's, such as raft.pre_vote=true. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Write the trace as NDJSON to this file.
    #[arg(long)]
    trace: Option<PathBuf>,
    /// Write what clients asked and were told to this file, for `synod check-history`.
    #[arg(long)]
    history: Option<PathBuf>,
    /// Print a summary as JSON instead of the story.
    #[arg(long)]
    json: bool,
    /// Tell heartbeats and finished disk writes as well.
    #[arg(long)]
    all: bool,
    /// Print the scenario and do not run it.
    #[arg(long)]
    print_scenario: bool,
}

/// Narration and trace in one seat.
struct Seat<'a> {
    narrator: &'a mut Narrator,
    recorder: Recorder,
    trace: Option<TraceFile>,
    link: Option<link::Watch>,
    tell: bool,
}

/// A trace that is written as it comes, and what went wrong with it.
struct TraceFile {
    tracer: Tracer,
    file: BufWriter<File>,
    wrong: Option<std::io::Error>,
}

impl TraceFile {
    fn flush(&mut self) -> bool {
        if let Err(why) = self.file.write_all(self.tracer.take().as_bytes()) {
            self.wrong = Some(why);
        }
        self.wrong.is_none()
    }
}

impl Observer for Seat<'_> {
    fn after(&mut self, run: &dyn View, event: &Event) -> ControlFlow<()> {
        let _ = self.narrator.after(run, event);
        let _ = self.recorder.after(run, event);
        if let Some(link) = &mut self.link {
            let _ = link.after(run, event);
        }
        if self.tell
            && std::io::stdout()
                .write_all(self.narrator.text.as_bytes())
                .is_err()
        {
            // Nobody reads any more, as after `| head`.
            return ControlFlow::Break(());
        }
        self.narrator.text.clear();
        if let Some(trace) = &mut self.trace {
            let _ = trace.tracer.after(run, event);
            if !trace.flush() {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// Runs the scenario. True if nothing was violated.
///
/// # Errors
/// If the input is bad or the trace cannot be written.
pub fn run(args: &Args) -> Result<bool, BadInput> {
    let shared = args.link.as_deref().map(link::open).transpose()?;
    let scenario = match &shared {
        Some(shared) => shared.scenario.clone(),
        None => scenario(args)?,
    };
    if args.print_scenario {
        print(&synod_sim::export::to_toml(&scenario));
        return Ok(true);
    }
    let until = match &args.until {
        Some(text) => duration("--until", text)?,
        None => scenario.until_us,
    };
    let mut run = open(&scenario).map_err(|why| BadInput(why.to_string()))?;
    let mut narrator = Narrator::new(run.as_view(), args.all);
    let trace = match &args.trace {
        None => None,
        Some(path) => {
            let file = File::create(path).map_err(|why| unwritten(path, &why))?;
            let (tracer, file) = (Tracer::new(run.as_view()), BufWriter::new(file));
            Some(TraceFile {
                tracer,
                file,
                wrong: None,
            })
        }
    };
    let mut seat = Seat {
        narrator: &mut narrator,
        recorder: Recorder::new(run.as_view()),
        trace,
        link: shared.as_ref().map(link::Watch::new),
        tell: !args.json,
    };
    let stop = run.run_until(until, MOST_EVENTS, &mut seat);
    let departed = seat.link.and_then(|link| link.sentence());
    let recorder = seat.recorder;
    if let (Some(path), Some(mut trace)) = (&args.trace, seat.trace) {
        let done = trace.flush() && trace.file.flush().is_ok();
        if !done {
            let why = trace
                .wrong
                .map_or("the disk is full".to_string(), |why| why.to_string());
            return Err(BadInput(format!("{}: {why}", path.display())));
        }
    }
    if let Some(violation) = recorder.violation() {
        narrator.monitor.add(violation);
    }
    if let Some(path) = &args.history {
        let text = crate::history::write(recorder.operations());
        std::fs::write(path, text).map_err(|why| unwritten(path, &why))?;
    }
    if stop == Stop::Events {
        return Err(BadInput(format!(
            "the run was stopped after {MOST_EVENTS} events, at {}; shorten it with --until",
            show_duration(run.now())
        )));
    }
    if args.json {
        print(&format!("{:#}\n", summary(run.as_ref(), &narrator)));
    } else {
        print(&closing(run.as_ref(), &narrator));
    }
    if let Some(departed) = departed {
        eprintln!("{departed}");
    }
    Ok(narrator.monitor.violations().is_empty())
}

fn unwritten(path: &Path, why: &std::io::Error) -> BadInput {
    BadInput(format!("{}: {why}", path.display()))
}

/// Prints; a reader who has left, as after `| head`, is no error.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn scenario(args: &Args) -> Result<Scenario, BadInput> {
    match (&args.scenario, args.sweep_seed) {
        (Some(path), _) => scenario_file(path, &args.set),
        (None, Some(seed)) => seed_scenario(
            &args.protocol,
            args.nodes,
            &args.set,
            args.until.as_deref(),
            seed,
        ),
        (None, None) => scenario_text("", "no scenario", &args.set),
    }
}

/// What is left at the end, for people.
pub fn closing(run: &dyn Run, narrator: &Narrator) -> String {
    let mut text = String::from("\n");
    let about = run.about();
    let catalogue = synod_protocols::Catalogue::new(&[about.english]);
    for node in NodeSet::first(run.scenario().nodes).iter() {
        let log = log_text(run.as_view(), node);
        let line = match run.describe(node) {
            None => format!("{node}  crashed; on disk [{log}]"),
            Some(view) => {
                let role = catalogue.say(&format!("{}.role.{}", about.name, view.role), &[]);
                let epoch = catalogue.say(&format!("{}.epoch.{}", about.name, about.epoch), &[]);
                format!(
                    "{node}  {role}, {epoch} {}, committed {}, log [{log}]",
                    about.show_epoch(view.epoch),
                    view.decided
                )
            }
        };
        text.push_str(&line);
        text.push('\n');
    }
    for violation in narrator.monitor.violations() {
        text.push_str(&narrator.violation(violation));
        text.push('\n');
    }
    if narrator.monitor.violations().is_empty() {
        text.push_str("No invariant was violated.\n");
    }
    text
}

/// A log's epochs, the last forty; a dot stands for a slot in which nothing was accepted yet.
fn log_text(run: &dyn View, node: NodeId) -> String {
    let Some(log) = run.log(node) else {
        return String::new();
    };
    let skip = log.last_index().saturating_sub(40).max(log.gone());
    let mut epochs: Vec<String> = log
        .iter()
        .filter(|(index, _)| *index > skip)
        .map(|(_, entry)| match entry.is_gap() {
            true => "·".to_string(),
            false => run.about().show_epoch(entry.epoch),
        })
        .collect();
    if skip > 0 {
        epochs.insert(0, "…".to_string());
    }
    epochs.join(" ")
}

/// The state at the end, for machines.
fn summary(run: &dyn Run, narrator: &Narrator) -> Json {
    let about = run.about();
    let nodes: Vec<Json> = NodeSet::first(run.scenario().nodes)
        .iter()
        .map(|node| {
            let view = run.describe(node);
            let log: Vec<Json> = run
                .log(node)
                .into_iter()
                .flat_map(|log| log.iter())
                .map(|(_, entry)| {
                    let command = entry
                        .payload
                        .command()
                        .map(|command| command.op.to_string());
                    json!({ "epoch": entry.epoch, "command": command })
                })
                .collect();
            json!({
                "node": node.to_string(),
                "status": run.status(node),
                "role": view.as_ref().map(|view| view.role),
                "epoch": view.as_ref().map(|view| view.epoch),
                "commit": view.as_ref().map(|view| view.decided),
                "log": log,
            })
        })
        .collect();
    let counters = run.counters();
    let kinds: serde_json::Map<String, Json> = about
        .kinds
        .iter()
        .enumerate()
        .map(|(k, kind)| {
            let counts = json!({
                "sent": counters.sent[k],
                "delivered": counters.delivered[k],
                "lost": counters.lost[k],
            });
            (kind.name.to_string(), counts)
        })
        .collect();
    let violations: Vec<Json> = narrator
        .monitor
        .violations()
        .iter()
        .map(|violation| {
            json!({
                "invariant": violation.invariant,
                "event": violation.event,
                "t_us": violation.time_us,
                "evidence": narrator.violation(violation),
            })
        })
        .collect();
    json!({
        "protocol": about.name,
        "t_us": run.now(),
        "events": run.events(),
        "nodes": nodes,
        "messages": kinds,
        "requests": counters.requests,
        "replies": counters.replies,
        "syncs": counters.syncs,
        "acknowledged": counters.acknowledged,
        "violations": violations,
        "invariants": narrator
            .monitor
            .invariants()
            .iter()
            .map(|invariant| (invariant.id.to_string(), json!(invariant.holds)))
            .collect::<serde_json::Map<String, Json>>(),
    })
}
