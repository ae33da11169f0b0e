//! `cargo xtask bench`: events per second natively and in Chromium, frame times, sizes.

use crate::shell::{self, say};
use crate::tools::Toolbox;
use crate::{page, sizes, suite, workspace};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::Value;
use std::process::{Command, Stdio};

/// A part of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The engine on this machine's own processor.
    Native,
    /// The release page in headless Chromium.
    Browser,
    /// The size of everything in dist/.
    Sizes,
}

impl Part {
    const ALL: [Self; 3] = [Self::Native, Self::Browser, Self::Sizes];

    fn run(self, toolbox: &Toolbox) -> Result<()> {
        match self {
            Self::Native => native(),
            Self::Browser => browser(toolbox),
            Self::Sizes => {
                page::ensure_built(toolbox)?;
                sizes::print(&page::dist())
            }
        }
    }
}

/// Runs the parts named, or all of them; one that fails does not keep the others from running.
pub fn run(only: &[Part]) -> Result<()> {
    let toolbox = Toolbox::locate()?;
    let mut failed = 0;
    for part in Part::ALL {
        if !only.is_empty() && !only.contains(&part) {
            continue;
        }
        if let Err(error) = part.run(&toolbox) {
            failed += 1;
            say(&format!("{part:?}: {error:#}"));
        }
    }
    if failed > 0 {
        bail!("{failed} of the measurements failed");
    }
    Ok(())
}

fn native() -> Result<()> {
    say("Measuring the engine natively (a minute or two).");
    print_table(&json_of(&mut synod_bench("--json"))?);
    say("Measuring a history of a million events natively.");
    print_table(&json_of(&mut synod_bench("--history"))?);
    Ok(())
}

fn synod_bench(what: &str) -> Command {
    let mut cargo = shell::cargo(&workspace::root());
    let run = ["run", "--release", "--quiet", "--package=synod-cli", "--"];
    cargo.args(run).args(["bench", what]);
    cargo
}

fn browser(toolbox: &Toolbox) -> Result<()> {
    let mut node = suite::node_with_page(toolbox)?;
    say("Measuring the release page in Chromium (a minute or two).");
    node.arg(suite::browser_folder().join("bench.mjs"));
    print_table(&json_of(&mut node)?);
    Ok(())
}

/// The JSON that a program prints; what it says on standard error goes to the reader.
fn json_of(command: &mut Command) -> Result<Value> {
    let shown = shell::describe(command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not start {shown}"))?;
    if !output.status.success() {
        bail!("{shown} failed ({})", output.status);
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{shown} printed no JSON"))
}

fn print_table(value: &Value) {
    let mut rows = Vec::new();
    flatten("", value, &mut rows);
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, text) in rows {
        println!("  {name:<width$}  {text:>16}");
    }
}

/// Lists every leaf of a JSON value with its path; numbers get separators of thousands.
fn flatten(path: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    let join = |key: &str| match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    };
    match value {
        Value::Object(map) => {
            for (key, child) in map {
                flatten(&join(key), child, rows);
            }
        }
        Value::Array(items) => {
            for (index, child) in items.iter().enumerate() {
                let name = child.get("name").and_then(Value::as_str).map(str::to_owned);
                flatten(
                    &join(&name.unwrap_or_else(|| index.to_string())),
                    child,
                    rows,
                );
            }
        }
        Value::Number(number) => {
            let text = number
                .as_u64()
                .map_or_else(|| number.to_string(), with_separators);
            rows.push((path.to_owned(), text));
        }
        Value::String(text) => rows.push((path.to_owned(), text.clone())),
        other => rows.push((path.to_owned(), other.to_string())),
    }
}

fn with_separators(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn results_become_rows() {
        let value = json!({ "engine": [{ "name": "raft5", "events_per_s": 1234567 }], "ms": 1.5 });
        let mut rows = Vec::new();
        flatten("", &value, &mut rows);
        let expect = [
            ("engine.raft5.events_per_s", "1,234,567"),
            ("engine.raft5.name", "raft5"),
            ("ms", "1.5"),
        ];
        assert_eq!(
            rows,
            expect.map(|(name, text)| (name.to_owned(), text.to_owned()))
        );
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let check = |number, expect: &str| assert_eq!(with_separators(number), expect);
        check(0, "0");
        check(999, "999");
        check(1000, "1,000");
        check(87_000_000, "87,000,000");
    }
}
