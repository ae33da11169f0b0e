//! `synod explore`: every schedule of a small run.

use crate::BadInput;
use clap::ValueEnum;
use serde_json::json;
use synod_check::search::{Found, Search};
use synod_protocols::replica::Bounds;
use synod_protocols::{Options, registry};

#[derive(clap::Args)]
pub struct Args {
    #[arg(long, default_value = "paxos")]
    protocol: String,
    /// How many acceptors.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=7))]
    acceptors: u8,
    /// From how many values the environment chooses.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    values: u8,
    /// How many ballots, each with a proposer of its own.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    ballots: u8,
    /// What the network does with messages.
    #[arg(long, value_enum, default_value_t = Network::Set)]
    network: Network,
    /// Set an option of the protocol, such as adopt_accepted=false. May be repeated.
    #[arg(long, value_name = "OPTION=VALUE")]
    set: Vec<String>,
    /// Stop after so many states.
    #[arg(long, default_value_t = 5_000_000)]
    most_states: usize,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// A network.
#[derive(Clone, Copy, ValueEnum)]
enum Network {
    /// A growing set of messages: each may arrive late, twice, out of order, or never.
    Set,
}

/// Searches, and prints what was found. True if no two servers ever decide differently.
pub fn explore(args: &Args) -> Result<bool, BadInput> {
    let Network::Set = args.network;
    let about = registry::about(&args.protocol)
        .ok_or_else(|| BadInput(format!("there is no protocol `{}`", args.protocol)))?;
    let mut options = Options::default();
    for pair in &args.set {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| BadInput(format!("`{pair}` is no setting; write option=value")))?;
        let prefix = format!("{}.", about.name);
        let name = name.strip_prefix(&prefix).unwrap_or(name);
        options.set(about.options, name, value).map_err(BadInput)?;
    }
    let search = Search {
        protocol: args.protocol.clone(),
        bounds: Bounds {
            acceptors: usize::from(args.acceptors),
            values: usize::from(args.values),
            ballots: usize::from(args.ballots),
        },
        options,
        most_states: args.most_states,
    };
    let found = search.run().map_err(BadInput)?;
    if args.json {
        println!("{}", summary(args, &found));
    } else {
        tell(&found);
    }
    Ok(found.disagreement.is_none())
}

fn summary(args: &Args, found: &Found) -> serde_json::Value {
    json!({
        "protocol": args.protocol,
        "acceptors": args.acceptors,
        "values": args.values,
        "ballots": args.ballots,
        "network": "set",
        "states": found.states,
        "projected_states": found.specified,
        "depth": found.depth,
        "complete": found.complete,
        "disagreement": found.disagreement,
    })
}

fn tell(found: &Found) {
    println!(
        "{} states, {} of them distinct as the published specification sees them; depth {}.",
        found.states, found.specified, found.depth
    );
    if !found.complete {
        println!("The search was cut short: there are more.");
    }
    match &found.disagreement {
        None => println!("No two servers decide differently."),
        Some(steps) => {
            println!("Two servers decide differently. A shortest way there:");
            for step in steps {
                println!("  {step}");
            }
        }
    }
}
