//! The finished page must run under `server::POLICY`, so what the policy forbids is an error here.

use super::finish;
use anyhow::{Context, Result, bail};
use lol_html::element;
use std::cell::RefCell;
use std::fs;
use std::path::Path;

/// Checks the finished index.html in a folder.
pub fn check(folder: &Path) -> Result<()> {
    let page = fs::read_to_string(folder.join("index.html"))
        .context("the build has written no index.html")?;
    let found = violations(&page)?;
    if !found.is_empty() {
        bail!("the built page breaks its own policy: {}", found.join("; "));
    }
    Ok(())
}

fn violations(page: &str) -> Result<Vec<String>> {
    let found = RefCell::new(Vec::new());
    for script in finish::inline_scripts(page)? {
        let start: String = script.trim().chars().take(40).collect();
        found
            .borrow_mut()
            .push(format!("an inline script, {start:?}"));
    }
    let handlers = vec![
        element!("style", |_| {
            found.borrow_mut().push("an inline <style>".to_owned());
            Ok(())
        }),
        element!("*", |element| {
            let tag = element.tag_name();
            for attribute in element.attributes() {
                let name = attribute.name();
                if name == "style" || name.starts_with("on") {
                    found.borrow_mut().push(format!("<{tag} {name}=…>"));
                }
                let loads = matches!(name.as_str(), "src" | "href") && tag != "a";
                if loads && attribute.value().contains("//") {
                    let address = attribute.value();
                    found
                        .borrow_mut()
                        .push(format!("<{tag} {name}={address:?}>"));
                }
            }
            Ok(())
        }),
    ];
    finish::rewrite(page, handlers)?;
    Ok(found.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, expect: &[&str]) {
        assert_eq!(violations(page).unwrap(), expect);
    }

    #[test]
    fn what_the_policy_forbids_is_named() {
        check(
            "<script src='./a.js'></script><a href='https://example.org'>x</a>",
            &[],
        );
        check("<script>let a</script>", &["an inline script, \"let a\""]);
        check("<style>p {}</style>", &["an inline <style>"]);
        check("<p style='color: red'>", &["<p style=…>"]);
        check("<p onclick='go()'>", &["<p onclick=…>"]);
        check(
            "<img src='//example.org/a'>",
            &["<img src=\"//example.org/a\">"],
        );
    }
}
