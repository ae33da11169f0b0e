//! Which tools there are, and in which version.

use crate::{shell, workspace};
use anyhow::Result;
use std::process::Command;

/// A version as a program tells it, such as `0.21.14` or `132`.
pub type Version = String;

/// The oldest major version of wasm-opt that reads what today's compiler writes.
pub const WASM_OPT: u32 = 132;

/// A tool that is built from source where it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Trunk,
    WasmBindgen,
    WasmOpt,
}

impl Tool {
    /// The name of its program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Trunk => "trunk",
            Self::WasmBindgen => "wasm-bindgen",
            Self::WasmOpt => "wasm-opt",
        }
    }

    /// The version that this workspace builds with.
    pub fn wanted(self) -> Result<Version> {
        match self {
            Self::Trunk => Ok("0.21.14".to_owned()),
            // The tool and the library speak a protocol that changes with each release.
            Self::WasmBindgen => workspace::locked_version("wasm-bindgen"),
            Self::WasmOpt => Ok(WASM_OPT.to_string()),
        }
    }
}

/// Asks a program for its version; `None` where it does not start or tells none.
pub fn of_program(command: &mut Command) -> Option<Version> {
    let captured = shell::capture(command.arg("--version")).ok()?;
    captured.success.then(|| in_text(&captured.text))?
}

/// The leading number of a version.
pub fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

fn in_text(text: &str) -> Option<Version> {
    text.split_whitespace()
        .map(|word| word.strip_prefix('v').unwrap_or(word))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(in_text(text).as_deref(), expect);
    }

    #[test]
    fn a_version_is_the_first_word_that_begins_with_a_digit() {
        check("trunk 0.21.14", Some("0.21.14"));
        check("wasm-bindgen 0.2.130\n", Some("0.2.130"));
        check("wasm-opt version 132 (version_132)", Some("132"));
        check("v20.20.2\n", Some("20.20.2"));
        check("", None);
    }

    #[test]
    fn the_major_version_is_its_leading_number() {
        assert_eq!(major("20.20.2"), Some(20));
        assert_eq!(major("132"), Some(132));
        assert_eq!(major("x"), None);
    }
}
