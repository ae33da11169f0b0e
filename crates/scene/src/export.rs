//! What can be taken away of a run: pictures and texts, for other tools to read.

use crate::picture::picture;
use crate::spacetime::{Diagram, NAMES};
use crate::span::Span;
use crate::svg::{Theme, svg};
use std::fmt;
use synod_protocols::{Catalogue, Micros};
use synod_sim::history::History;
use synod_sim::trace::{Mermaid, ShiViz, Tracer};
use synod_sim::{Observer, Run, Scenario, View, export::to_toml, open};

/// The most events that an export takes.
const MOST_EVENTS: u64 = 2_000_000;
/// The most events of a log for ShiViz, which reads it in a page.
const MOST_SHIVIZ: u64 = 50_000;
/// The widest stretch of a space-time diagram, by its number of events.
const MOST_DRAWN: u64 = 2_000;
/// The size of a picture of the stage.
const STAGE: (f64, f64) = (960.0, 640.0);

/// A form in which a run can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The scenario file, with everything that was done.
    Toml,
    /// The stage at the position, as SVG.
    Picture,
    /// The space-time diagram up to the position, as SVG.
    SpaceTime,
    /// The sequence of messages up to the position, for Mermaid.
    Mermaid,
    /// The trace up to the position (docs/trace-format.md).
    Ndjson,
    /// The events up to the position with vector clocks, for ShiViz.
    ShiViz,
}

impl Format {
    pub const ALL: [(Format, &str); 6] = [
        (Format::Toml, "toml"),
        (Format::Picture, "picture"),
        (Format::SpaceTime, "spacetime"),
        (Format::Mermaid, "mermaid"),
        (Format::Ndjson, "ndjson"),
        (Format::ShiViz, "shiviz"),
    ];

    /// The format of a name.
    pub fn named(name: &str) -> Option<Format> {
        let mut all = Format::ALL.iter();
        all.find(|(_, known)| *known == name)
            .map(|(format, _)| *format)
    }
}

/// Why a run cannot be taken away in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportError {
    /// It cannot be run.
    Open(String),
    /// It has more events up to the position than the form takes.
    TooLong { most: u64 },
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Open(why) => f.write_str(why),
            ExportError::TooLong { most } => {
                write!(
                    f,
                    "this form takes at most {most} events; go to an earlier moment"
                )
            }
        }
    }
}

impl std::error::Error for ExportError {}

/// The run up to a position, in a form.
///
/// # Errors
/// If the scenario cannot be run, or the run is too long for the form.
pub fn export(
    scenario: &Scenario,
    position: u64,
    format: Format,
    theme: Theme,
) -> Result<String, ExportError> {
    let most = match format {
        Format::ShiViz => MOST_SHIVIZ,
        _ => MOST_EVENTS,
    };
    if position > most {
        return Err(ExportError::TooLong { most });
    }
    match format {
        Format::Toml => Ok(to_toml(scenario)),
        Format::Picture => {
            let run = watched(scenario, position, &mut ())?;
            Ok(stage(run.as_ref(), theme))
        }
        Format::SpaceTime => spacetime(scenario, position, theme),
        Format::Mermaid => {
            let mut mermaid = Mermaid::new(scenario);
            watched(scenario, position, &mut mermaid)?;
            Ok(mermaid.finish())
        }
        Format::Ndjson => {
            let run = start(scenario)?;
            let mut tracer = Tracer::new(run.as_view());
            watched(scenario, position, &mut tracer)?;
            Ok(tracer.take())
        }
        Format::ShiViz => {
            let mut shiviz = ShiViz::default();
            watched(scenario, position, &mut shiviz)?;
            Ok(shiviz.finish())
        }
    }
}

fn start(scenario: &Scenario) -> Result<Box<dyn Run>, ExportError> {
    open(scenario).map_err(|why| ExportError::Open(why.to_string()))
}

/// Runs up to a position under somebody's eyes.
fn watched(
    scenario: &Scenario,
    position: u64,
    observer: &mut dyn Observer,
) -> Result<Box<dyn Run>, ExportError> {
    let mut run = start(scenario)?;
    while run.events() < position && run.step() == synod_sim::Step::Event {
        let _ = observer.after(run.as_view(), run.event());
    }
    Ok(run)
}

fn words(run: &dyn Run) -> Catalogue {
    Catalogue::new(&[synod_sim::ENGLISH, run.about().english])
}

fn stage(run: &dyn Run, theme: Theme) -> String {
    let words = words(run);
    let shapes = picture(run.as_view(), STAGE.0, STAGE.1, &words);
    let title = title(run, &words);
    svg(
        &shapes,
        STAGE.0,
        STAGE.1,
        theme,
        &title,
        &description(run.as_view(), &words),
    )
}

fn title(run: &dyn Run, words: &Catalogue) -> String {
    let operands = [
        ("protocol", run.about().title.to_string()),
        ("n", run.scenario().nodes.to_string()),
        ("event", run.events().to_string()),
        ("time", synod_protocols::units::show_duration(run.now())),
    ];
    words.say("picture.title", &operands)
}

/// Every server in words.
pub fn description(run: &dyn View, words: &Catalogue) -> String {
    let about = run.about();
    let node = |node: synod_protocols::NodeId| match run.describe(node) {
        None => format!("{node}: {}", words.say("picture.crashed", &[])),
        Some(view) => {
            let role = words.say(&format!("{}.role.{}", about.name, view.role), &[]);
            let epoch = words.say(&format!("{}.epoch.{}", about.name, about.epoch), &[]);
            format!("{node}: {role}, {epoch} {}", about.show_epoch(view.epoch))
        }
    };
    let all: Vec<String> = synod_protocols::NodeSet::first(run.scenario().nodes)
        .iter()
        .map(node)
        .collect();
    all.join("; ")
}

fn spacetime(scenario: &Scenario, position: u64, theme: Theme) -> Result<String, ExportError> {
    let mut history =
        History::open(scenario, |_| ()).map_err(|why| ExportError::Open(why.to_string()))?;
    while history.position() < position && history.step() == synod_sim::Step::Event {}
    let index = history.index();
    let first = position.saturating_sub(MOST_DRAWN) + 1;
    let from_us = match first {
        1 => 0,
        first => index.get(first).map_or(0, |row| row.time_us),
    };
    let now_us: Micros = history.run().now();
    let lanes = scenario.nodes as f64 + 1.0;
    let shown = position.min(MOST_DRAWN) as f64;
    let (width, height) = ((shown * 7.0).clamp(720.0, 9_600.0), 60.0 + lanes * 44.0);
    let diagram = Diagram {
        run: history.run().as_view(),
        index,
        span: Span::new(from_us, now_us, NAMES, width - 12.0),
        height,
        position,
        now_us,
        chosen: None,
    };
    let run = history.run();
    let words = words(run);
    let shapes = diagram.draw().shapes;
    let title = title(run, &words);
    Ok(svg(
        &shapes,
        width,
        height,
        theme,
        &title,
        &description(run.as_view(), &words),
    ))
}
