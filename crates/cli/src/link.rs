//! `synod link`: a scenario as a link, and what `synod run --link` opens.

use crate::BadInput;
use crate::input::{duration, scenario_file};
use std::path::PathBuf;
use synod_share::{Departure, KEY, Shared, Trail, decode, encode, share};
use synod_sim::history::{History, MOST_EVENTS};
use synod_sim::{Observer, View};

#[derive(clap::Args)]
pub struct Args {
    /// The scenario's file.
    scenario: PathBuf,
    /// The moment to point to: a number of events such as 250, or a time such as 1.5s.
    #[arg(long, default_value = "0")]
    at: String,
    /// What stands before the run, such as https://example.org/synod/
    #[arg(long, default_value = "")]
    base: String,
    /// Set a value over the scenario's, such as raft.pre_vote=true. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Prints a link.
///
/// # Errors
/// If the input is bad or the run too long for a link.
pub fn link(args: &Args) -> Result<bool, BadInput> {
    let scenario = scenario_file(&args.scenario, &args.set)?;
    let mut history = History::open(&scenario, |_| ()).map_err(|why| BadInput(why.to_string()))?;
    match args.at.parse::<u64>() {
        Ok(event) if event > MOST_EVENTS => {
            return Err(BadInput(format!(
                "--at: a run has at most {MOST_EVENTS} events"
            )));
        }
        Ok(event) => {
            history.run_until(u64::MAX, event, &mut ());
            if history.position() < event {
                let most = history.position();
                return Err(BadInput(format!("--at: the run has only {most} events")));
            }
        }
        Err(_) => {
            let time_us = duration("--at", &args.at)?;
            history.run_until(time_us, MOST_EVENTS, &mut ());
        }
    }
    let link = encode(&share(&history)).map_err(|why| BadInput(why.to_string()))?;
    if args.base.is_empty() {
        println!("{link}");
    } else {
        println!("{}#{KEY}{link}", args.base.trim_end_matches('#'));
    }
    Ok(true)
}

/// The run of a link.
///
/// # Errors
/// What is wrong with the link.
pub fn open(link: &str) -> Result<Shared, BadInput> {
    decode(link).map_err(|why| BadInput(why.to_string()))
}

/// Watches whether a run goes as the link's author saw it.
pub struct Watch {
    trail: Trail,
    rules: u32,
    departed: Option<Departure>,
}

impl Watch {
    pub fn new(shared: &Shared) -> Watch {
        Watch {
            trail: Trail::of(shared),
            rules: shared.rules,
            departed: None,
        }
    }

    /// Where the run departs from what was seen, in a sentence.
    pub fn sentence(&self) -> Option<String> {
        let (id, operands) = self.departed?.sentence(self.rules);
        let catalogue = synod_protocols::Catalogue::new(&[synod_share::ENGLISH]);
        Some(catalogue.say(id, &operands))
    }
}

impl Observer for Watch {
    fn after(&mut self, run: &dyn View, _: &synod_sim::Event) -> std::ops::ControlFlow<()> {
        if self.departed.is_none() {
            self.departed = self.trail.look(run);
        }
        std::ops::ControlFlow::Continue(())
    }
}
