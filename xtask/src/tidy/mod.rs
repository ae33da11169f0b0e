//! `cargo xtask tidy`: what the project has agreed on and the compiler does not check.

mod arrows;
mod determinism;
mod markup;
mod names;
mod shape;
mod source;
mod text;

use crate::shell::say;
use crate::suite::Tally;
use crate::workspace;
use anyhow::Result;
use source::Sources;
use std::path::Path;
use std::process::ExitCode;

/// A place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Relative to the workspace's root, with forward slashes.
    path: String,
    line: usize,
    sentence: String,
}

impl Violation {
    fn new(path: &str, line: usize, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self {
            path: path.to_owned(),
            line,
            sentence,
        }
    }

    fn told(&self) -> String {
        format!("{}:{}: {}", self.path, self.line, self.sentence)
    }
}

/// A rule's name and the check for it.
type Rule = (&'static str, fn(&Sources) -> Result<Vec<Violation>>);

const RULES: [Rule; 7] = [
    ("Rust sources can be read", source::unreadable),
    ("the arrows between crates", arrows::check),
    ("deterministic crates", determinism::check),
    (
        "protocols are named in their own folders only",
        names::check,
    ),
    ("the size of files and lines", shape::check),
    ("clean text", text::check),
    ("no inline style", markup::check),
];

/// Checks every rule and prints what breaks one.
pub fn run() -> Result<ExitCode> {
    let tally = tally();
    if tally.failed == 0 {
        say(&format!("tidy: all {} rules hold.", tally.passed));
        return Ok(ExitCode::SUCCESS);
    }
    say(tally.said.trim_end());
    say(&format!(
        "tidy: {} of {} rules are broken.",
        tally.failed,
        RULES.len()
    ));
    Ok(ExitCode::FAILURE)
}

/// Checks every rule; each counts as one test.
pub fn tally() -> Tally {
    let sources = Sources::load(&workspace::root());
    for hint in shape::hints(&sources) {
        say(&format!("hint: {}", hint.told()));
    }
    let mut tally = Tally::default();
    for (name, check) in RULES {
        tally.add(&outcome(name, check(&sources)));
    }
    tally
}

fn outcome(name: &str, found: Result<Vec<Violation>>) -> Tally {
    match found {
        Ok(mut violations) => {
            violations.sort();
            let lines: String = violations.iter().map(|v| v.told() + "\n").collect();
            Tally::of_one(violations.is_empty(), lines)
        }
        Err(error) => Tally::of_one(false, format!("{name} could not be checked: {error:#}\n")),
    }
}

/// A path as violations show it.
fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_is_told_with_its_place() {
        let violation = Violation::new("src/main.rs", 3, "This is wrong.");
        assert_eq!(violation.told(), "src/main.rs:3: This is wrong.");
        let tally = outcome("a rule", Ok(vec![violation]));
        assert_eq!((tally.passed, tally.failed), (0, 1));
        assert_eq!(tally.said, "src/main.rs:3: This is wrong.\n");
    }
}
