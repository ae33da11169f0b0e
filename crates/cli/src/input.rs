//! What several commands read: scenarios, overrides, durations.

use crate::BadInput;
use std::path::Path;
use synod_protocols::units::parse_duration;
use synod_sim::Scenario;
use synod_sim::parse::parse_with;

/// `--set key=value` pairs.
///
/// # Errors
/// If a pair has no `=`.
pub fn overrides(pairs: &[String]) -> Result<Vec<(String, String)>, BadInput> {
    let split = |pair: &String| match pair.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_string(), value.trim().to_string())),
        None => Err(BadInput(format!("--set {pair}: write `key=value`"))),
    };
    pairs.iter().map(split).collect()
}

/// The scenario of a file, with values set over it.
///
/// # Errors
/// If it cannot be read, or everything that is wrong with it, a line each.
pub fn scenario_file(path: &Path, set: &[String]) -> Result<Scenario, BadInput> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|why| BadInput(format!("{name}: the file cannot be read: {why}")))?;
    scenario_text(&text, &name, set)
}

/// The scenario of a text, with values set over it.
///
/// # Errors
/// Everything that is wrong with it, a line each.
pub fn scenario_text(text: &str, name: &str, set: &[String]) -> Result<Scenario, BadInput> {
    parse_with(text, name, &overrides(set)?).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        BadInput(lines.join("\n"))
    })
}

/// A duration from an option.
///
/// # Errors
/// If it is none.
pub fn duration(name: &str, text: &str) -> Result<u64, BadInput> {
    parse_duration(text).map_err(|why| BadInput(format!("{name}: {why}")))
}
