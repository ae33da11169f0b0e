//! `synod bench`: how many messages the engine delivers in a second, and how long a seek takes.

use crate::BadInput;
use crate::input::scenario_text;
use serde_json::json;
use std::time::Instant;
use synod_check::Monitor;
use synod_sim::history::History;
use synod_sim::lens::Chronicle;
use synod_sim::random::{Purpose, Stream};
use synod_sim::{View, open};

/// Five servers and sixteen sessions that never pause.
const LOAD: &str = include_str!("bench.toml");

#[derive(clap::Args)]
pub struct Args {
    /// How many runs; each is a figure of its own.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// How many events a run has.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Measure going back and forth in the history of one run instead.
    #[arg(long)]
    history: bool,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Measures, and prints the distribution.
///
/// # Errors
/// If the built-in scenario cannot be read.
pub fn bench(args: &Args) -> Result<bool, BadInput> {
    if args.history {
        return history(args);
    }
    let watched = measure(args, true)?;
    let bare = measure(args, false)?;
    if args.json {
        println!(
            "{}",
            json!({
                "delivered_per_second_watched": watched,
                "delivered_per_second_bare": bare,
            })
        );
        return Ok(true);
    }
    for (name, figures) in [("watched", &watched), ("unwatched", &bare)] {
        let (low, mid, high) = (
            figures[0],
            figures[figures.len() / 2],
            figures[figures.len() - 1],
        );
        println!("{name}: {mid} delivered messages a second (least {low}, most {high})");
    }
    Ok(true)
}

/// What watches a run in the page: its invariants, and the quorums that close.
fn watch(run: &dyn View) -> (Monitor, Chronicle) {
    (Monitor::new(run, true), Chronicle::new(run))
}

/// Delivered messages a second of each run, in ascending order.
fn measure(args: &Args, watched: bool) -> Result<Vec<u64>, BadInput> {
    let scenario = scenario_text(LOAD, "bench.toml", &[])?;
    let mut figures = Vec::new();
    for _ in 0..args.runs.max(1) {
        let mut run = open(&scenario).map_err(|why| BadInput(why.to_string()))?;
        let mut watch = watch(run.as_view());
        let start = Instant::now();
        if watched {
            run.run_until(u64::MAX, args.events, &mut watch);
        } else {
            run.run_until(u64::MAX, args.events, &mut ());
        }
        let micros = start.elapsed().as_micros().max(1) as u64;
        figures.push(run.counters().arrived * 1_000_000 / micros);
    }
    figures.sort_unstable();
    Ok(figures)
}

/// How many seeks are measured.
const SEEKS: u64 = 2_000;

/// Fills a history, goes to random events of it, and prints how long each took and what an event
/// costs in memory.
fn history(args: &Args) -> Result<bool, BadInput> {
    let scenario = scenario_text(LOAD, "bench.toml", &[])?;
    let before = resident_bytes();
    let mut history = History::open(&scenario, watch).map_err(|why| BadInput(why.to_string()))?;
    history.run_until(u64::MAX, args.events, &mut ());
    let bytes = resident_bytes().saturating_sub(before);
    let mut draw = Stream::new(1, Purpose::Sweep, 1);
    let mut micros: Vec<u64> = (0..SEEKS)
        .map(|_| {
            let event = draw.below(history.len() + 1);
            let start = Instant::now();
            history.seek(event);
            start.elapsed().as_micros() as u64
        })
        .collect();
    micros.sort_unstable();
    let within = |share: usize| micros[(micros.len() * share / 1_000).min(micros.len() - 1)];
    let figures = json!({
        "events": history.len(),
        "keyframes": history.keyframes(),
        "bytes_per_event": bytes / history.len().max(1),
        "seek_us_p50": within(500),
        "seek_us_p99": within(990),
        "seek_us_max": within(1_000),
    });
    println!("{figures:#}");
    Ok(history.diverged().is_none())
}

/// The memory that this process holds, where the system tells; else 0.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}
