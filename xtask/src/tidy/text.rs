//! Clean text: nothing left for later, no tabs, nothing invisible at the end of a line.

use super::Violation;
use super::source::Sources;
use anyhow::Result;

/// Spelled in two halves, or this file would break its own rule.
const LEFT_FOR_LATER: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Kinds of file in which white space carries no meaning.
const SOURCES: [&str; 6] = [".rs", ".toml", ".js", ".mjs", ".css", ".html"];

pub fn check(sources: &Sources) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for file in &sources.files {
        let is_source = SOURCES.iter().any(|ending| file.path.ends_with(ending));
        for (index, line) in file.text.lines().enumerate() {
            for sentence in refusals(line, is_source) {
                found.push(Violation::new(&file.path, index + 1, sentence));
            }
        }
    }
    Ok(found)
}

fn refusals(line: &str, is_source: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = line.split(|c: char| !c.is_alphanumeric());
    if let Some(word) = words.find(|word| LEFT_FOR_LATER.contains(word)) {
        found.push(format!("{word}: do it now, or open an issue."));
    }
    if is_source && line.contains('\t') {
        found.push("A tab: indent with spaces.".to_owned());
    }
    if is_source && line.ends_with([' ', '\t']) {
        found.push("White space at the end of the line.".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_line(line: &str, is_source: bool, expect: usize) {
        assert_eq!(refusals(line, is_source).len(), expect, "{line:?}");
    }

    #[test]
    fn nothing_is_left_for_later() {
        for word in LEFT_FOR_LATER {
            check_line(&format!("// {word}: later"), true, 1);
            check_line(&format!("- {word}"), false, 1);
            check_line(&format!("let a{word}b = 1;"), true, 0);
        }
    }

    #[test]
    fn white_space_is_plain() {
        check_line("\tlet a = 1;", true, 1);
        check_line("let a = 1; ", true, 1);
        check_line("a line break in Markdown:  ", false, 0);
        check_line("    let a = 1;", true, 0);
    }
}
