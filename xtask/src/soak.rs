//! The long sweeps in full: hours of simulated time, in minutes.

use crate::shell::{self, say};
use crate::workspace;
use anyhow::Result;
use std::time::Instant;

/// Tests that sweep read this variable and go the whole way.
const VARIABLE: &str = "SYNOD_SOAK";

/// Every protocol.
const SWEPT: [&str; 3] = ["raft", "paxos", "multipaxos"];

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
    for protocol in SWEPT {
        for nodes in ["3", "5"] {
            say(&format!(
                "Sweeping {protocol}, {nodes} servers, 10,000 seeds."
            ));
            let sweep = [
                "--protocol",
                protocol,
                "--nodes",
                nodes,
                "--seeds",
                "0..10000",
            ];
            let run = [
                "run",
                "--release",
                "--quiet",
                "--package=synod-cli",
                "--",
                "sweep",
            ];
            step(&[&run[..], &sweep].concat())?;
        }
    }
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
