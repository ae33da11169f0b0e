//! The size of files and lines.

use super::Violation;
use super::source::{File, Sources};
use anyhow::Result;

/// A file above this is worth splitting.
const LINES_WANTED: usize = 400;
/// A file above this must be split.
const LINES_MAX: usize = 600;
/// The same as rustfmt's `max_width`.
const COLUMNS_MAX: usize = 100;

pub fn check(sources: &Sources) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for file in sources.rust() {
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            let sentence = format!("{lines} lines are more than {LINES_MAX}: split the file.");
            found.push(Violation::new(&file.path, LINES_MAX + 1, sentence));
        }
        for (index, line) in file.text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > COLUMNS_MAX && !line.contains("://") && !is_quoted(file, index + 1) {
                let sentence = format!("{columns} columns are more than {COLUMNS_MAX}.");
                found.push(Violation::new(&file.path, index + 1, sentence));
            }
        }
    }
    Ok(found)
}

/// Files that are allowed, but longer than they should be.
pub fn hints(sources: &Sources) -> Vec<Violation> {
    sources
        .rust()
        .filter_map(|file| {
            let lines = file.text.lines().count();
            let sentence = format!("{lines} lines are more than the {LINES_WANTED} aimed at.");
            (LINES_WANTED < lines && lines <= LINES_MAX)
                .then(|| Violation::new(&file.path, LINES_WANTED + 1, sentence))
        })
        .collect()
}

/// Whether a string reaches across the last column, as no formatter can break one.
fn is_quoted(file: &File, line: usize) -> bool {
    file.all_tokens().iter().any(|token| {
        let covers = token.line <= line && line <= token.last_line;
        let ends_late = token.last_line > line || token.last_column > COLUMNS_MAX;
        // What stands behind the string's end, such as a comma, belongs to it.
        let ends_near = token.last_line == line && token.last_column + 4 > COLUMNS_MAX;
        let starts_early = token.line < line || token.column < COLUMNS_MAX;
        token.is_quoted() && covers && starts_early && (ends_late || ends_near)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_text(text: &str, violations: usize, hinted: usize) {
        let sources = Sources {
            files: vec![File::new("src/a.rs", text)],
        };
        assert_eq!(check(&sources).unwrap().len(), violations);
        assert_eq!(hints(&sources).len(), hinted);
    }

    #[test]
    fn long_files_are_hinted_at_and_then_refused() {
        check_text(&"// a\n".repeat(400), 0, 0);
        check_text(&"// a\n".repeat(401), 0, 1);
        check_text(&"// a\n".repeat(600), 0, 1);
        check_text(&"// a\n".repeat(601), 1, 0);
    }

    #[test]
    fn long_lines_are_refused_outside_strings() {
        check_text(&format!("// {}\n", "é".repeat(97)), 0, 0);
        check_text(&format!("// {}\n", "é".repeat(98)), 1, 0);
        check_text(
            &format!("// https://example.org/{}\n", "a".repeat(98)),
            0,
            0,
        );
        check_text(&format!("const A: &str = \"{}\";\n", "a".repeat(98)), 0, 0);
        check_text(
            &format!("const A: &str = \"\n{}\n\";\n", "a".repeat(101)),
            0,
            0,
        );
        check_text(
            &format!("fn a() {{ b(\"x\", {}) }}\n", "a, ".repeat(40)),
            1,
            0,
        );
    }
}
