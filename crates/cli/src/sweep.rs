//! `synod sweep`: many seeds of random faults.

use crate::BadInput;
use crate::input::{duration, overrides, scenario_text};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use synod_check::sweep::{Outcome, Sweep, summary};
use synod_protocols::registry;
use synod_sim::Scenario;

/// How many seeds are named for each invariant.
const NAMED: usize = 5;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long, default_value = "raft")]
    protocol: String,
    #[arg(long, default_value_t = 5)]
    nodes: usize,
    /// The seeds, the last not included, such as 0..10000.
    #[arg(long, default_value = "0..1000")]
    seeds: String,
    /// How long each seed runs in simulated time.
    #[arg(long)]
    until: Option<String>,
    /// Fix a value that the seed would draw or that is at its default. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Stop at the first violation.
    #[arg(long)]
    first: bool,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What a sweep found.
#[derive(Default)]
struct Findings {
    seeds: u64,
    events: u64,
    delivered: u64,
    acknowledged: u64,
    elections: u64,
    /// Seeds by the invariant that they break.
    broken: BTreeMap<&'static str, Vec<u64>>,
    lines: BTreeMap<u64, String>,
    /// Seeds whose runs were cut short.
    cut_short: Vec<u64>,
}

impl Findings {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.events += outcome.events;
        self.delivered += outcome.delivered;
        self.acknowledged += outcome.acknowledged;
        self.elections += outcome.elections;
        if outcome.cut_short {
            self.cut_short.push(outcome.seed);
        }
        if outcome.violations.is_empty() {
            return;
        }
        self.lines.insert(outcome.seed, summary(outcome));
        for violation in &outcome.violations {
            let seeds = self.broken.entry(violation.invariant).or_default();
            if !seeds.contains(&outcome.seed) {
                seeds.push(outcome.seed);
            }
        }
    }
}

/// A sweep over what the options say.
fn plan(
    protocol: &str,
    nodes: usize,
    set: &[String],
    until: Option<&str>,
) -> Result<Sweep, BadInput> {
    let text = format!("protocol = \"{protocol}\"\nnodes = {nodes}\n");
    let base = scenario_text(&text, "sweep", set)?;
    let fixed: Vec<String> = overrides(set)?.into_iter().map(|(key, _)| key).collect();
    let until_us = match until {
        Some(text) => duration("--until", text)?,
        None if fixed.iter().any(|key| key == "until") => base.until_us,
        None => registry::about(protocol).map_or(base.until_us, |about| about.sweep_us),
    };
    Ok(Sweep {
        base,
        fixed,
        until_us,
    })
}

/// The scenario of one seed of a sweep.
///
/// # Errors
/// If the options are bad.
pub fn seed_scenario(
    protocol: &str,
    nodes: usize,
    set: &[String],
    until: Option<&str>,
    seed: u64,
) -> Result<Scenario, BadInput> {
    Ok(plan(protocol, nodes, set, until)?.scenario(seed))
}

/// Sweeps. True if nothing was violated.
///
/// # Errors
/// If the options are bad.
pub fn sweep(args: &Args) -> Result<bool, BadInput> {
    let sweep = plan(&args.protocol, args.nodes, &args.set, args.until.as_deref())?;
    let (first, end) = seeds(&args.seeds)?;
    let findings = run_all(&sweep, first, end, args.first)?;
    if args.json {
        let seeds: BTreeMap<&str, &Vec<u64>> = findings
            .broken
            .iter()
            .map(|(name, seeds)| (*name, seeds))
            .collect();
        let result = json!({
            "seeds": findings.seeds,
            "events": findings.events,
            "delivered": findings.delivered,
            "acknowledged": findings.acknowledged,
            "elections": findings.elections,
            "broken": seeds,
        });
        println!("{result:#}");
    } else {
        tell(args, &findings);
    }
    Ok(findings.broken.is_empty())
}

fn seeds(text: &str) -> Result<(u64, u64), BadInput> {
    let wrong = || BadInput(format!("--seeds {text}: write a range such as 0..10000"));
    let (first, end) = text.split_once("..").ok_or_else(wrong)?;
    let first: u64 = first.parse().map_err(|_| wrong())?;
    let end: u64 = end.parse().map_err(|_| wrong())?;
    if first < end && end <= i64::MAX as u64 {
        Ok((first, end))
    } else {
        Err(wrong())
    }
}

/// Every seed, on all cores. The findings do not depend on their number.
fn run_all(sweep: &Sweep, first: u64, end: u64, stop: bool) -> Result<Findings, BadInput> {
    let next = AtomicU64::new(first);
    let findings = Mutex::new(Findings::default());
    let wrong = Mutex::new(None);
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    match sweep.run(seed) {
                        Ok(outcome) => {
                            let found = !outcome.violations.is_empty();
                            if let Ok(mut findings) = findings.lock() {
                                findings.add(&outcome);
                            }
                            if stop && found {
                                next.store(end, Ordering::Relaxed);
                            }
                        }
                        Err(why) => {
                            next.store(end, Ordering::Relaxed);
                            if let Ok(mut slot) = wrong.lock() {
                                *slot = Some(why.to_string());
                            }
                        }
                    }
                }
            });
        }
    });
    let cut_short = |findings: &Findings| findings.cut_short.first().copied();
    if let Some(seed) = findings
        .lock()
        .ok()
        .and_then(|findings| cut_short(&findings))
    {
        return Err(BadInput(format!(
            "seed {seed} has more events than a run may have; shorten it with --until, or let the \
             clients pause"
        )));
    }
    if let Ok(Some(why)) = wrong.into_inner() {
        return Err(BadInput(why));
    }
    let mut findings = findings.into_inner().unwrap_or_default();
    for seeds in findings.broken.values_mut() {
        seeds.sort_unstable();
    }
    Ok(findings)
}

fn tell(args: &Args, findings: &Findings) {
    println!(
        "{} seeds, {} servers: {} messages delivered, {} elections won, {} commands acknowledged.",
        findings.seeds, args.nodes, findings.delivered, findings.elections, findings.acknowledged
    );
    if findings.broken.is_empty() {
        println!("No invariant was violated.");
        return;
    }
    for (invariant, seeds) in &findings.broken {
        let named: Vec<String> = seeds.iter().take(NAMED).map(ToString::to_string).collect();
        println!(
            "{invariant}: {} seeds, the first {}",
            seeds.len(),
            named.join(", ")
        );
    }
    if let Some((seed, line)) = findings.lines.iter().next() {
        let set: Vec<String> = args
            .set
            .iter()
            .map(|pair| format!(" --set {pair}"))
            .collect();
        println!("{line}");
        println!(
            "Replay: synod run --sweep-seed {seed} --protocol {} --nodes {}{}{}",
            args.protocol,
            args.nodes,
            args.until
                .iter()
                .map(|until| format!(" --until {until}"))
                .collect::<String>(),
            set.concat()
        );
    }
}
