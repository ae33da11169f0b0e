//! The long sweeps in full: hours of simulated time, in minutes.

use crate::shell::{self, say};
use crate::workspace;
use anyhow::Result;
use std::time::Instant;

/// Tests that sweep read this variable and go the whole way.
const VARIABLE: &str = "SYNOD_SOAK";

/// Whole-program optimisation of each test program would cost more than it gains.
const QUICK_LINKS: [(&str, &str); 2] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// Runs them; the first failure ends it.
pub fn run() -> Result<()> {
    let started = Instant::now();
    say("Running the native tests with their sweeps in full (tens of minutes).");
    step(&["test", "--release", "--workspace"])?;
    say("Sweeping Raft over 10,000 seeds (minutes).");
    let sweep = [
        "sweep",
        "--protocol",
        "raft",
        "--nodes",
        "5",
        "--seeds",
        "0..10000",
    ];
    let mut arguments = vec!["run", "--release", "--quiet", "--package=synod-cli", "--"];
    arguments.extend(sweep);
    step(&arguments)?;
    say(&format!(
        "The soak found nothing, in {:.0} s.",
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}

fn step(arguments: &[&str]) -> Result<()> {
    let mut cargo = shell::cargo(&workspace::root());
    shell::run(cargo.args(arguments).env(VARIABLE, "1").envs(QUICK_LINKS))
}
