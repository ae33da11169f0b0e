//! The arrows between crates, as docs/ARCHITECTURE.md draws them.

use super::source::{Kind, Sources};
use super::{Violation, shown};
use crate::workspace;
use anyhow::Result;
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::fs;
use std::path::Path;

/// Each crate of ours, and those that it may depend on, for its tests too.
const ARROWS: [(&str, &[&str]); 9] = [
    ("synod-protocols", &[]),
    ("synod-sim", &["synod-protocols"]),
    ("synod-check", &["synod-protocols", "synod-sim"]),
    ("synod-scene", &["synod-protocols", "synod-sim"]),
    ("synod-share", &["synod-protocols", "synod-sim"]),
    (
        "synod-lesson",
        &["synod-protocols", "synod-sim", "synod-check"],
    ),
    ("synod-cli", ENGINE),
    ("synod", ENGINE),
    ("xtask", ENGINE),
];

const ENGINE: &[&str] = &[
    "synod-protocols",
    "synod-sim",
    "synod-check",
    "synod-scene",
    "synod-share",
    "synod-lesson",
];

/// The crates that know a browser; only the page may have them.
const BROWSER: [&str; 5] = ["yew", "web-sys", "gloo", "wasm-bindgen", "js-sys"];

/// Runs wasm tests, and is therefore welcome among the dependencies of tests.
const WASM_TESTS: &str = "wasm-bindgen-test";

struct Arrow {
    from: String,
    to: String,
    for_tests: bool,
    manifest: String,
}

pub fn check(sources: &Sources) -> Result<Vec<Violation>> {
    let root = workspace::root();
    let mut found: Vec<Violation> = read(&root)?
        .iter()
        .filter_map(|arrow| Some(located(&root, arrow, refusal(arrow)?)))
        .collect();
    found.extend(words(sources));
    Ok(found)
}

fn read(root: &Path) -> Result<Vec<Arrow>> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()?;
    let mut arrows = Vec::new();
    for package in metadata.packages {
        let path = package.manifest_path.as_std_path();
        let manifest = shown(path.strip_prefix(root).unwrap_or(path));
        arrows.extend(package.dependencies.iter().map(|dependency| Arrow {
            from: package.name.to_string(),
            to: dependency.name.clone(),
            for_tests: dependency.kind == DependencyKind::Development,
            manifest: manifest.clone(),
        }));
    }
    Ok(arrows)
}

/// Why an arrow may not be there, if it may not.
fn refusal(arrow: &Arrow) -> Option<String> {
    let Arrow { from, to, .. } = arrow;
    if to.starts_with("synod") || to == "xtask" {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == from) else {
            return Some(format!(
                "{from} is new: give it a line in xtask/src/tidy/arrows.rs."
            ));
        };
        if !allowed.contains(&to.as_str()) {
            return Some(format!(
                "{from} may not depend on {to}, not even for its tests."
            ));
        }
    }
    let is_for_wasm_tests = arrow.for_tests && to == WASM_TESTS;
    if is_browser(to) && from != "synod" && !is_for_wasm_tests {
        return Some(format!("Only the page may depend on {to}."));
    }
    None
}

/// The crates themselves, and those that belong to them, such as gloo-timers.
fn is_browser(name: &str) -> bool {
    BROWSER.iter().any(|crate_name| {
        name.strip_prefix(crate_name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

fn located(root: &Path, arrow: &Arrow, sentence: String) -> Violation {
    let text = fs::read_to_string(root.join(&arrow.manifest)).unwrap_or_default();
    let line = text.lines().position(|line| {
        line.split(['.', '=', ' ', ']'])
            .any(|word| word == arrow.to)
    });
    Violation::new(&arrow.manifest, line.map_or(1, |index| index + 1), sentence)
}

/// Code outside the page that names a crate of the browser.
fn words(sources: &Sources) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in sources
        .rust()
        .filter(|file| file.path.starts_with("crates/"))
    {
        for token in file.shipped() {
            if let Kind::Word(word) = &token.kind
                && BROWSER.contains(&word.replace('_', "-").as_str())
            {
                let sentence = format!("Only the page may name {word}.");
                found.push(Violation::new(&file.path, token.line, sentence));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::source::File;
    use super::*;

    fn check(from: &str, to: &str, for_tests: bool, is_allowed: bool) {
        let arrow = Arrow {
            from: from.to_owned(),
            to: to.to_owned(),
            for_tests,
            manifest: String::new(),
        };
        let refused = refusal(&arrow);
        assert_eq!(refused.is_none(), is_allowed, "{from} → {to}: {refused:?}");
    }

    #[test]
    fn arrows_point_downward_only() {
        check("synod-sim", "synod-protocols", false, true);
        check("synod-protocols", "synod-sim", false, false);
        check("synod-protocols", "synod-sim", true, false);
        check("synod-sim", "synod-check", true, false);
        check("synod-check", "synod-sim", false, true);
        check("synod-scene", "synod-check", false, false);
        check("synod-lesson", "synod-check", false, true);
        check("synod", "synod-scene", false, true);
        check("synod-cli", "xtask", false, false);
        check("synod-new", "synod-sim", false, false);
        check("synod-sim", "serde", false, true);
    }

    #[test]
    fn only_the_page_knows_a_browser() {
        check("synod", "yew", false, true);
        check("synod-scene", "web-sys", false, false);
        check("synod-scene", "gloo-timers", false, false);
        check("synod-sim", "wasm-bindgen-test", true, true);
        check("synod-sim", "wasm-bindgen-test", false, false);
        let text = "use web_sys::Window;";
        let place = |path| Sources {
            files: vec![File::new(path, text)],
        };
        assert_eq!(words(&place("crates/scene/src/lib.rs")).len(), 1);
        assert_eq!(words(&place("src/main.rs")).len(), 0);
    }
}
