//! A replica, the world and the checkers give the same bytes everywhere, so they may not name
//! what differs from run to run or from machine to machine.

use super::Violation;
use super::source::{Kind, Sources, Token};
use anyhow::Result;

const CRATES: [&str; 3] = [
    "crates/protocols/src/",
    "crates/sim/src/",
    "crates/check/src/",
];

/// A word, and what to say of it.
const WORDS: [(&str, &str); 6] = [
    (
        "HashMap",
        "its order differs from run to run: use BTreeMap or imbl's OrdMap",
    ),
    (
        "HashSet",
        "its order differs from run to run: use BTreeSet or imbl's OrdSet",
    ),
    ("Instant", "the world's clock is the only one here"),
    ("SystemTime", "the world's clock is the only one here"),
    ("f32", "rounding may differ between machines: use integers"),
    ("f64", "rounding may differ between machines: use integers"),
];

/// Paths of two words, and what to say of them.
const PATHS: [(&str, &str, &str); 2] = [
    ("std", "thread", "a deterministic crate has one thread"),
    (
        "rand",
        "rng",
        "the world's seeded generator is the only one here",
    ),
];

pub fn check(sources: &Sources) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for file in sources.rust() {
        if !CRATES.iter().any(|folder| file.path.starts_with(folder)) {
            continue;
        }
        let tokens: Vec<&Token> = file.shipped().collect();
        for index in 0..tokens.len() {
            if let Some(sentence) = refusal(&tokens, index) {
                found.push(Violation::new(&file.path, tokens[index].line, sentence));
            }
        }
    }
    Ok(found)
}

fn refusal(tokens: &[&Token], index: usize) -> Option<String> {
    match &tokens[index].kind {
        Kind::Word(word) => {
            let single = WORDS.iter().find(|(name, _)| name == word);
            if let Some((name, why)) = single {
                return Some(format!("{name}: {why}."));
            }
            PATHS
                .iter()
                .find(|(first, second, _)| first == word && leads_to(tokens, index, second))
                .map(|(first, second, why)| format!("{first}::{second}: {why}."))
        }
        Kind::Literal(text) if is_float(text) && !is_field(tokens, index) => Some(format!(
            "{text}: rounding may differ between machines: use integers."
        )),
        _ => None,
    }
}

/// Whether a path goes on with a word, directly or as one of several in braces.
fn leads_to(tokens: &[&Token], index: usize, second: &str) -> bool {
    let Some([first_colon, second_colon, rest @ ..]) = tokens.get(index + 1..) else {
        return false;
    };
    if !first_colon.is_sign(':') || !second_colon.is_sign(':') {
        return false;
    }
    match rest.first().map(|token| &token.kind) {
        Some(Kind::Word(word)) => word == second,
        Some(Kind::Open) => names_in_group(rest).any(|token| token.is_word(second)),
        _ => false,
    }
}

/// The words in a group that begin a path, such as `thread` in `{thread, io::Write}`.
fn names_in_group<'a>(tokens: &'a [&Token]) -> impl Iterator<Item = &'a Token> {
    let mut depth = 0_usize;
    let mut starts = true;
    tokens
        .iter()
        .map_while(move |token| {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth -= 1,
                _ => {}
            }
            let begins = std::mem::replace(&mut starts, false);
            if depth == 1 && (token.kind == Kind::Open || token.is_sign(',')) {
                starts = true;
            }
            (depth > 0).then_some(begins.then_some(*token))
        })
        .flatten()
}

fn is_float(literal: &str) -> bool {
    let is_number = literal.starts_with(|c: char| c.is_ascii_digit());
    let is_prefixed = ["0x", "0b", "0o"]
        .iter()
        .any(|prefix| literal.starts_with(prefix));
    let has_exponent = || {
        let digits = literal.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
        digits.starts_with(['e', 'E', '.'])
    };
    let has_suffix = literal.ends_with("f32") || literal.ends_with("f64");
    is_number && !is_prefixed && (has_exponent() || has_suffix)
}

/// `pair.0.1` is read as a dot and the number 0.1.
fn is_field(tokens: &[&Token], index: usize) -> bool {
    index > 0 && tokens[index - 1].is_sign('.')
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
        assert_eq!(found.len(), expect, "{text}: {found:?}");
    }

    fn check_sim(text: &str, expect: usize) {
        check_in("crates/sim/src/world.rs", text, expect);
    }

    #[test]
    fn what_differs_from_run_to_run_is_refused() {
        check_sim("use std::collections::{BTreeMap, HashMap};", 1);
        check_sim("fn now() -> Instant { SystemTime::now() }", 2);
        check_sim("let mut rng = rand::rng();", 1);
        check_sim("std::thread::spawn(f);", 1);
        check_sim("use std::{io::Write, thread};", 1);
        check_sim("use std::{io::thread, fmt}; let thread = 1;", 0);
    }

    #[test]
    fn floating_point_is_refused() {
        check_sim("fn a(b: f64) {}", 1);
        check_sim("let a = 1.5; let b = 1e3; let c = 2f32;", 3);
        check_sim(
            "let a = pair.0.1; let b = 0xe1; let c = 1_000; let d = 0..9;",
            0,
        );
    }

    #[test]
    fn comments_strings_and_tests_may_say_anything() {
        check_sim("// HashMap\nfn a() { \"HashMap\"; }", 0);
        check_sim("#[cfg(test)] mod tests { use std::time::Instant; }", 0);
        check_in("crates/sim/tests/a.rs", "use std::time::Instant;", 0);
        check_in("crates/cli/src/main.rs", "use std::time::Instant;", 0);
    }
}
