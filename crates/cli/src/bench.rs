//! `synod bench`: how many messages the engine delivers in a second.

use crate::BadInput;
use crate::input::scenario_text;
use serde_json::json;
use std::time::Instant;
use synod_check::Monitor;
use synod_sim::open;

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
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Measures, and prints the distribution.
///
/// # Errors
/// If the built-in scenario cannot be read.
pub fn bench(args: &Args) -> Result<bool, BadInput> {
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
    for (name, figures) in [("invariants on", &watched), ("invariants off", &bare)] {
        let (low, mid, high) = (
            figures[0],
            figures[figures.len() / 2],
            figures[figures.len() - 1],
        );
        println!("{name}: {mid} delivered messages a second (least {low}, most {high})");
    }
    Ok(true)
}

/// Delivered messages a second of each run, in ascending order.
fn measure(args: &Args, watched: bool) -> Result<Vec<u64>, BadInput> {
    let scenario = scenario_text(LOAD, "bench.toml", &[])?;
    let mut figures = Vec::new();
    for _ in 0..args.runs.max(1) {
        let mut run = open(&scenario).map_err(|why| BadInput(why.to_string()))?;
        let mut monitor = Monitor::new(run.as_view(), true);
        let start = Instant::now();
        if watched {
            run.run_until(u64::MAX, args.events, &mut monitor);
        } else {
            run.run_until(u64::MAX, args.events, &mut ());
        }
        let micros = start.elapsed().as_micros().max(1) as u64;
        figures.push(run.counters().arrived * 1_000_000 / micros);
    }
    figures.sort_unstable();
    Ok(figures)
}
