//! What several tests share.

#![allow(dead_code)] // Not every test file needs every helper.

use synod_sim::{Scenario, parse_scenario};

/// A scenario from text.
///
/// # Panics
/// If it is wrong.
pub fn scenario(text: &str) -> Scenario {
    parse_scenario(text, "test.toml").unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

/// A part of a long sweep, or all of it if `SYNOD_SOAK` is set.
#[allow(dead_code)]
pub fn share(part: u64, whole: u64) -> u64 {
    if std::env::var_os("SYNOD_SOAK").is_some() {
        whole
    } else {
        part
    }
}
