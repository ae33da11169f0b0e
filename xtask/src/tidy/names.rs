//! Shared code knows no protocol by name, so that a new one is a folder and a line.

use super::Violation;
use super::source::{File, Kind, Sources, Token};
use anyhow::Result;

/// Code that serves every protocol alike.
const SHARED: [&str; 4] = [
    "src/",
    "crates/sim/src/",
    "crates/check/src/",
    "crates/scene/src/",
];

const PROTOCOLS: &str = "crates/protocols/src/";

/// The one file that lists every protocol.
const REGISTRY: &str = "crates/protocols/src/registry.rs";

/// Files that may quote names in strings, such as the menu of scenarios; never in identifiers.
const MAY_QUOTE: [&str; 1] = ["src/scenarios.rs"];

/// Names that are found as whole words only: `craft` is no protocol.
const WORDS: [&str; 2] = ["raft", "zab"];

/// Names that are found anywhere within a word.
const PARTS: [&str; 5] = ["paxos", "pbft", "viewstamped", "hotstuff", "benor"];

pub fn check(sources: &Sources) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for file in sources.rust() {
        for token in file.shipped() {
            let Some(name) = name_in(token) else { continue };
            if let Some(sentence) = refusal(file, token, name) {
                found.push(Violation::new(&file.path, token.line, sentence));
            }
        }
    }
    Ok(found)
}

fn refusal(file: &File, token: &Token, name: &str) -> Option<String> {
    let path = file.path.as_str();
    if SHARED.iter().any(|folder| path.starts_with(folder)) {
        let is_quoted = token.is_quoted() && MAY_QUOTE.contains(&path);
        return (!is_quoted).then(|| format!("Shared code may not name a protocol ({name})."));
    }
    let inner = path.strip_prefix(PROTOCOLS)?;
    let own = inner.split(['/', '.']).next().unwrap_or_default();
    let is_own = own.replace(['_', '-'], "").contains(name);
    let is_module_line = inner == "lib.rs" && declares_module(file, token.line);
    let is_allowed = path == REGISTRY || is_own || is_module_line;
    (!is_allowed).then(|| format!("Only its own folder and the registry may name {name}."))
}

fn declares_module(file: &File, line: usize) -> bool {
    let text = file.text.lines().nth(line - 1).unwrap_or_default().trim();
    text.starts_with("mod ") || text.starts_with("pub mod ")
}

/// The protocol that a token names, if it names one.
fn name_in(token: &Token) -> Option<&'static str> {
    let text = match &token.kind {
        Kind::Word(text) | Kind::Literal(text) => text,
        _ => return None,
    };
    let words = split(text);
    let joined = text.to_lowercase().replace(['_', '-'], "");
    let whole = WORDS
        .iter()
        .find(|name| words.iter().any(|word| word == *name));
    whole
        .or_else(|| PARTS.iter().find(|name| joined.contains(*name)))
        .copied()
}

/// The words of an identifier or a string, in lower case and without numbers at the end.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in text.chars() {
        let begins = !c.is_alphanumeric() || (c.is_uppercase() && was_lower);
        if begins {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words
                .last_mut()
                .expect("there is always a word")
                .extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    for word in &mut words {
        word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::super::source::File;
    use super::*;

    fn check_in(path: &str, text: &str, expect: usize) {
        let sources = Sources {
            files: vec![File::new(path, text)],
        };
        let found = check(&sources).unwrap();
        assert_eq!(found.len(), expect, "{path}: {text}: {found:?}");
    }

    #[test]
    fn shared_code_names_no_protocol() {
        let path = "crates/sim/src/world.rs";
        check_in(path, "struct RaftNode;", 1);
        check_in(path, "let my_raft5 = \"raft.pre_vote\";", 2);
        check_in(
            path,
            "fn multi_paxos() { BenOr::new(\"ben-or\"); HotStuff }",
            4,
        );
        check_in(
            path,
            "struct Craft; let draft = \"aircraft\"; let blizzab = 1;",
            0,
        );
        check_in(path, "// Raft §5.2\n/// Like Raft.\nfn a() {}", 0);
        check_in(path, "#[cfg(test)] mod tests { use raft::Raft; }", 0);
        check_in("crates/cli/src/main.rs", "let name = \"raft\";", 0);
    }

    #[test]
    fn a_file_with_leave_may_quote_but_not_call() {
        check_in("src/scenarios.rs", "let a = \"raft\";", 0);
        check_in("src/scenarios.rs", "let raft = 1;", 1);
        check_in("src/main.rs", "let a = \"raft\";", 1);
    }

    #[test]
    fn a_protocol_is_named_in_its_own_folder() {
        check_in("crates/protocols/src/raft/node.rs", "struct RaftNode;", 0);
        check_in("crates/protocols/src/raft/node.rs", "struct Paxos;", 1);
        check_in("crates/protocols/src/ben_or/mod.rs", "struct BenOr;", 0);
        check_in(
            "crates/protocols/src/registry.rs",
            "use crate::raft::Raft;",
            0,
        );
        check_in(
            "crates/protocols/src/quorum.rs",
            "use crate::raft::Raft;",
            2,
        );
        check_in("crates/protocols/src/lib.rs", "pub mod raft;", 0);
        check_in("crates/protocols/src/lib.rs", "pub use raft::Node;", 1);
    }
}
