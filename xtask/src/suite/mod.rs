//! `cargo xtask test`: every kind of test, with a summary line for each.

mod browser;
mod counts;
mod native;
mod wasm;

pub use browser::{folder as browser_folder, node_with_page};

use crate::shell::say;
use crate::tidy;
use crate::tools::Toolbox;
use anyhow::Result;
use clap::ValueEnum;
use std::process::ExitCode;
use std::time::Instant;

/// A kind of test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Formatting.
    Fmt,
    /// Clippy, with warnings as errors, natively and for wasm.
    Clippy,
    /// What the compiler does not check.
    Tidy,
    /// Rust tests on this machine's own processor.
    Native,
    /// Rust tests in a WebAssembly engine.
    Wasm,
    /// The page in headless Chromium.
    Browser,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Fmt,
        Self::Clippy,
        Self::Tidy,
        Self::Native,
        Self::Wasm,
        Self::Browser,
    ];

    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    fn run(self, toolbox: &Toolbox) -> Result<Tally> {
        match self {
            Self::Fmt => native::fmt(),
            Self::Clippy => native::clippy(),
            Self::Tidy => Ok(tidy::tally()),
            Self::Native => native::tests(),
            Self::Wasm => wasm::tests(toolbox),
            Self::Browser => browser::tests(toolbox),
        }
    }
}

/// How many tests passed and failed, and what the failed ones said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
    /// Shown only where something failed.
    pub said: String,
}

impl Tally {
    /// One check that passed or failed as a whole.
    pub fn of_one(success: bool, said: String) -> Self {
        Self {
            passed: usize::from(success),
            failed: usize::from(!success),
            said: if success { String::new() } else { said },
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.said.push_str(&other.said);
    }
}

/// Runs the kinds named, or all of them, and ends with the plain line of the totals.
pub fn run(only: &[Kind]) -> ExitCode {
    let mut total = Tally::default();
    for kind in Kind::ALL {
        if only.is_empty() || only.contains(&kind) {
            total.add(&run_kind(kind));
        }
    }
    say(&format!("{} passed, {} failed", total.passed, total.failed));
    if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run_kind(kind: Kind) -> Tally {
    let name = kind.name();
    say(&format!("{name}: running"));
    let started = Instant::now();
    let outcome = Toolbox::locate().and_then(|toolbox| kind.run(&toolbox));
    // A kind that could not even start counts as one failure, and the other kinds still run.
    let tally = outcome.unwrap_or_else(|error| Tally::of_one(false, format!("{error:#}\n")));
    if tally.failed > 0 {
        say(tally.said.trim_end());
    }
    let (passed, failed) = (tally.passed, tally.failed);
    let seconds = started.elapsed().as_secs_f64();
    say(&format!(
        "{name}: {passed} passed, {failed} failed in {seconds:.1} s"
    ));
    tally
}
