//! The page's policy refuses `style` attributes; classes and custom properties take their place.

use super::Violation;
use super::source::{File, Kind, Sources, Token};
use crate::page;
use anyhow::Result;
use std::cell::RefCell;

pub fn check(sources: &Sources) -> Result<Vec<Violation>> {
    let mut found = Vec::new();
    for file in &sources.files {
        let lines = match file.path.as_str() {
            "index.html" => in_html(&file.text)?,
            path if path.starts_with("src/") && file.is_rust() => in_macros(file),
            _ => continue,
        };
        let sentence = "The page's policy refuses `style=`: use a class.";
        found.extend(
            lines
                .into_iter()
                .map(|line| Violation::new(&file.path, line, sentence)),
        );
    }
    Ok(found)
}

fn in_html(text: &str) -> Result<Vec<usize>> {
    let lines = RefCell::new(Vec::new());
    let note = lol_html::element!("[style]", |element| {
        let start = element.source_location().bytes().start;
        lines
            .borrow_mut()
            .push(text[..start].matches('\n').count() + 1);
        Ok(())
    });
    page::rewrite(text, vec![note])?;
    Ok(lines.into_inner())
}

/// The lines in `html!` macros on which a `style` attribute stands.
fn in_macros(file: &File) -> Vec<usize> {
    let tokens: Vec<&Token> = file.all_tokens().iter().collect();
    let mut found = Vec::new();
    // The depth of groups, and the depth at which the current macro began.
    let (mut depth, mut macro_depth) = (0_usize, None);
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => {
                depth += 1;
                if macro_depth.is_none() && follows_html_macro(&tokens[..index]) {
                    macro_depth = Some(depth);
                }
            }
            Kind::Close => {
                if macro_depth == Some(depth) {
                    macro_depth = None;
                }
                depth -= 1;
            }
            _ => {}
        }
        if macro_depth.is_some() && is_style_attribute(&tokens[index..]) {
            found.push(token.line);
        }
    }
    found
}

fn follows_html_macro(before: &[&Token]) -> bool {
    matches!(before, [.., name, bang]
        if (name.is_word("html") || name.is_word("html_nested")) && bang.is_sign('!'))
}

/// `style=…`, but neither a comparison nor a variable of that name.
fn is_style_attribute(tokens: &[&Token]) -> bool {
    match tokens {
        [name, equals, value, ..] if name.is_word("style") && equals.is_sign('=') => {
            let is_brace_or_text = value.kind == Kind::Open || value.is_quoted();
            is_brace_or_text && !value.is_sign('=')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_in(path: &str, text: &str, expect: &[usize]) {
        let sources = Sources {
            files: vec![File::new(path, text)],
        };
        let lines: Vec<_> = check(&sources)
            .unwrap()
            .iter()
            .map(|found| found.line)
            .collect();
        assert_eq!(lines, expect, "{text}");
    }

    #[test]
    fn a_style_attribute_is_refused() {
        check_in("index.html", "<p>\n  <p style=\"color: red\">", &[2]);
        check_in(
            "index.html",
            "<link rel=\"stylesheet\" href=\"a.css\">",
            &[],
        );
        check_in(
            "src/a.rs",
            "html! {\n <p style=\"color: red\">\n <b style={css} /></p> }",
            &[2, 3],
        );
        check_in(
            "src/a.rs",
            "html! { <p class=\"style\">{ style == \"a\" }</p> }",
            &[],
        );
        check_in("src/a.rs", "let style = \"a\";", &[]);
        check_in("crates/cli/src/a.rs", "html! { <p style=\"a\"> }", &[]);
    }
}
