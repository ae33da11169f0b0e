//! Golden transcripts: each scenario under tests/scenarios, told in sentences, beside it as `.txt`.
//!
//! `UPDATE_EXPECT=1 cargo test -p synod-cli --test golden` writes them anew. Read the difference,
//! and commit it only if every sentence is true.

use expect_test::expect_file;
use std::path::{Path, PathBuf};
use std::process::Command;

fn scenarios(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(scenarios(&path));
        } else if path.extension().is_some_and(|end| end == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/scenarios")
        .canonicalize()
        .expect("root")
}

fn tell(path: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_synod"))
        .args(["run", "--until", "2s"])
        .arg(path)
        .output()
        .expect("synod runs");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn transcripts_are_as_they_were_read() {
    let all = scenarios(&root());
    assert!(all.len() >= 8, "the golden scenarios are gone");
    for path in all {
        expect_file![path.with_extension("txt")].assert_eq(&tell(&path));
    }
}
