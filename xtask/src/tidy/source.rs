//! The workspace's files, and Rust sources as tokens: free of comments, with tests marked.

use super::{Violation, shown};
use crate::workspace;
use anyhow::Result;
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use std::fs;
use std::path::Path;

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Word(String),
    Literal(String),
    Sign(char),
    /// Opens a group: a bracket, a brace or a parenthesis.
    Open,
    /// Closes a group.
    Close,
}

/// A token of Rust code; doc comments are left out, as ordinary comments are.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    /// Counted from 1.
    pub line: usize,
    pub last_line: usize,
    /// Columns are counted from 0, in characters.
    pub last_column: usize,
    pub column: usize,
    /// Whether it stands in an item for tests only.
    pub in_test: bool,
}

impl Token {
    pub fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(text) if text == word)
    }

    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    pub fn is_quoted(&self) -> bool {
        matches!(&self.kind, Kind::Literal(text) if text.contains('"'))
    }
}

/// A file of text.
pub struct File {
    /// Relative to the root, with forward slashes.
    pub path: String,
    pub text: String,
    /// The tokens of a Rust source; a message where it cannot be read.
    pub tokens: Result<Vec<Token>, (usize, String)>,
}

impl File {
    pub fn new(path: &str, text: &str) -> Self {
        let tokens = if path.ends_with(".rs") {
            lex(text)
        } else {
            Ok(Vec::new())
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            tokens,
        }
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the whole file is compiled for tests only.
    pub fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        let name = parts.next_back().unwrap_or_default();
        name == "tests.rs" || parts.any(|part| part == "tests" || part == "benches")
    }

    /// The tokens of what is shipped: none that are for tests only.
    pub fn shipped(&self) -> impl Iterator<Item = &Token> {
        let tokens = if self.is_test() {
            &[]
        } else {
            self.all_tokens()
        };
        tokens.iter().filter(|token| !token.in_test)
    }

    pub fn all_tokens(&self) -> &[Token] {
        self.tokens.as_deref().unwrap_or_default()
    }
}

/// Every file of text in the workspace that the rules look at.
pub struct Sources {
    pub files: Vec<File>,
}

const EXTENSIONS: [&str; 8] = ["rs", "toml", "js", "mjs", "css", "html", "md", "txt"];

impl Sources {
    pub fn load(root: &Path) -> Self {
        let mut files = Vec::new();
        for path in workspace::files(root, ".") {
            let extension = path.extension().and_then(|text| text.to_str());
            if extension.is_some_and(|text| EXTENSIONS.contains(&text))
                && let Ok(text) = fs::read_to_string(root.join(&path))
            {
                files.push(File::new(&shown(&path), &text));
            }
        }
        Self { files }
    }

    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }
}

/// A source that is no Rust would slip through every other rule.
pub fn unreadable(sources: &Sources) -> Result<Vec<Violation>> {
    let refused = sources.rust().filter_map(|file| {
        let (line, message) = file.tokens.as_ref().err()?;
        Some(Violation::new(
            &file.path,
            *line,
            format!("This is not Rust: {message}."),
        ))
    });
    Ok(refused.collect())
}

fn lex(text: &str) -> Result<Vec<Token>, (usize, String)> {
    let stream: TokenStream = text
        .parse()
        .map_err(|error: proc_macro2::LexError| (error.span().start().line, error.to_string()))?;
    let mut tokens = Vec::new();
    flatten(stream, false, &mut tokens);
    Ok(tokens)
}

fn flatten(stream: TokenStream, in_test: bool, tokens: &mut Vec<Token>) {
    // Set by #[cfg(test)] until the item that it stands before ends.
    let mut item_in_test = false;
    for tree in stream {
        let attribute = match &tree {
            TokenTree::Group(group) => attribute_signs(group, tokens).map(|signs| (group, signs)),
            _ => None,
        };
        if let Some((group, signs)) = attribute {
            let words = words_of(group);
            item_in_test |= words.starts_with(&["cfg".to_owned(), "test".to_owned()]);
            if words.first().is_some_and(|word| word == "doc") {
                tokens.truncate(tokens.len() - signs);
                continue;
            }
        }
        let ends_item = is_sign(&tree, ';')
            || matches!(&tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        push(tree, in_test || item_in_test, tokens);
        if ends_item {
            item_in_test = false;
        }
    }
}

/// How many signs, `#` or `#!`, make a group in brackets an attribute.
fn attribute_signs(group: &Group, before: &[Token]) -> Option<usize> {
    if group.delimiter() != Delimiter::Bracket {
        return None;
    }
    match before {
        [.., hash, bang] if hash.is_sign('#') && bang.is_sign('!') => Some(2),
        [.., hash] if hash.is_sign('#') => Some(1),
        _ => None,
    }
}

fn push(tree: TokenTree, in_test: bool, tokens: &mut Vec<Token>) {
    match tree {
        TokenTree::Ident(word) => {
            let text = word.to_string();
            tokens.push(token(Kind::Word(text), word.span(), in_test));
        }
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            tokens.push(token(Kind::Literal(text), literal.span(), in_test));
        }
        TokenTree::Punct(sign) => {
            tokens.push(token(Kind::Sign(sign.as_char()), sign.span(), in_test));
        }
        TokenTree::Group(group) => {
            tokens.push(token(Kind::Open, group.span_open(), in_test));
            flatten(group.stream(), in_test, tokens);
            tokens.push(token(Kind::Close, group.span_close(), in_test));
        }
    }
}

fn token(kind: Kind, span: Span, in_test: bool) -> Token {
    let (start, end) = (span.start(), span.end());
    Token {
        kind,
        line: start.line,
        last_line: end.line,
        column: start.column,
        last_column: end.column,
        in_test,
    }
}

fn is_sign(tree: &TokenTree, sign: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// The first words of an attribute, those of its argument included.
fn words_of(group: &Group) -> Vec<String> {
    let mut words = Vec::new();
    for tree in group.stream() {
        match tree {
            TokenTree::Ident(word) => words.push(word.to_string()),
            TokenTree::Group(inner) => words.extend(words_of(&inner)),
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let file = File::new("src/a.rs", text);
        let words: Vec<_> = file
            .shipped()
            .filter_map(|token| match &token.kind {
                Kind::Word(word) => Some(word.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(words, expect, "{text}");
    }

    #[test]
    fn comments_and_strings_hold_no_words() {
        check(
            "//! Doc.\n/// Doc.\nfn a() { /* b */ \"c\"; } // d",
            &["fn", "a"],
        );
    }

    #[test]
    fn items_for_tests_are_left_out() {
        check("#[cfg(test)] mod t { fn a() {} } fn b() {}", &["fn", "b"]);
        check(
            "#[cfg(test)] #[path = \"x.rs\"] mod t; mod b;",
            &["mod", "b"],
        );
        check(
            "#[cfg(feature = \"x\")] mod c;",
            &["cfg", "feature", "mod", "c"],
        );
    }

    #[test]
    fn a_file_of_tests_is_known_by_its_place() {
        assert!(File::new("crates/sim/tests/a.rs", "").is_test());
        assert!(File::new("crates/sim/src/world/tests.rs", "").is_test());
        assert!(!File::new("crates/sim/src/world.rs", "").is_test());
    }

    #[test]
    fn what_is_no_rust_is_told() {
        let files = vec![File::new("src/a.rs", "fn a() {\n  \"open\n")];
        assert_eq!(unreadable(&Sources { files }).unwrap().len(), 1);
    }
}
