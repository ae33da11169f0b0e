//! `synod export`: a run as a picture, or as text for another tool.

use crate::BadInput;
use crate::input::{duration, scenario_file};
use crate::link;
use std::io::Write;
use std::path::PathBuf;
use synod_scene::export::{Format, export};
use synod_scene::svg::Theme;
use synod_sim::open;

#[derive(clap::Args)]
pub struct Args {
    /// The scenario's file.
    #[arg(required_unless_present = "link")]
    scenario: Option<PathBuf>,
    /// A link instead of a file.
    #[arg(long, conflicts_with = "scenario")]
    link: Option<String>,
    /// toml, picture, spacetime, mermaid, ndjson or shiviz.
    #[arg(long)]
    format: String,
    /// Up to which moment: a number of events such as 250, or a time such as 1.5s. The scenario's
    /// own end, or the link's position, if it is not given.
    #[arg(long)]
    at: Option<String>,
    /// Dark pictures.
    #[arg(long)]
    dark: bool,
}

/// Prints the run in a form.
///
/// # Errors
/// If the input is bad or the run too long for the form.
pub fn print(args: &Args) -> Result<bool, BadInput> {
    let format = Format::named(&args.format).ok_or_else(|| {
        let known: Vec<&str> = Format::ALL.iter().map(|(_, name)| *name).collect();
        BadInput(format!("--format: expected one of {}", known.join(", ")))
    })?;
    let (scenario, position) = match (&args.link, &args.scenario) {
        (Some(text), _) => {
            let shared = link::open(text)?;
            (shared.scenario, Some(shared.position))
        }
        (None, Some(path)) => (scenario_file(path, &[])?, None),
        (None, None) => return Err(BadInput("no scenario".to_string())),
    };
    let event = args.at.as_ref().and_then(|at| at.parse::<u64>().ok());
    let position = match (event, &args.at, position) {
        (Some(event), _, _) => event,
        (None, None, Some(position)) => position,
        (None, at, _) => {
            let until = match at {
                Some(at) => duration("--at", at)?,
                None => scenario.until_us,
            };
            let mut run = open(&scenario).map_err(|why| BadInput(why.to_string()))?;
            run.run_until(until, synod_sim::history::MOST_EVENTS, &mut ());
            run.events()
        }
    };
    let theme = if args.dark { Theme::Dark } else { Theme::Light };
    let text =
        export(&scenario, position, format, theme).map_err(|why| BadInput(why.to_string()))?;
    // A reader who has left, as after `| head`, is no error.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(true)
}
