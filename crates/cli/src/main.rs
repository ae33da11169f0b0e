//! The same engine without a browser.
//!
//! Exit codes: 0, nothing was violated; 1, something was; 2, bad input.

mod bench;
mod explore;
mod export;
mod history;
mod input;
mod link;
mod narrate;
mod run;
mod sweep;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Run consensus protocols, watch their invariants, sweep over seeds.
#[derive(Parser)]
#[command(name = "synod", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a scenario and tell it in sentences.
    Run(run::Args),
    /// Run many seeds of random faults, and report what was violated.
    Sweep(sweep::Args),
    /// Search every schedule of a small run.
    Explore(explore::Args),
    /// Check a history of clients' operations for linearizability.
    CheckHistory(history::Args),
    /// Print a scenario as a link, which the page and `synod run --link` open.
    Link(link::Args),
    /// Print a run as a picture, or as text for another tool.
    Export(export::Args),
    /// Measure the engine: delivered messages a second.
    Bench(bench::Args),
}

/// Bad input, in a sentence that is ready to print.
pub struct BadInput(pub String);

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Explore(args) => explore::explore(&args),
        Command::CheckHistory(args) => history::check_history(&args),
        Command::Export(args) => export::print(&args),
        Command::Link(args) => link::link(&args),
        Command::Bench(args) => bench::bench(&args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(BadInput(message)) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}
