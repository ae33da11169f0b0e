//! Shortens what the program and its script call one another.
//!
//! wasm-bindgen names some two hundred functions with their Rust names and a hash, in the script
//! and again in the program; the names alone are a tenth of what the page loads besides text and
//! code. Trunk's minifier cannot read the script, so this step also takes its indentation away.

use super::fingerprint::Fingerprint;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

/// The module from which the program imports, afterwards.
const MODULE: &str = "w";
/// The first bytes of a WebAssembly program: its magic number and version.
const HEADER: &[u8] = b"\0asm\x01\0\0\0";
/// The numbers of the section of imports, and of an import that is a function.
const IMPORTS: u8 = 2;
const FUNCTION: u8 = 0;

/// Shortens every program and its script in a folder, names both by what they now hold, and gives
/// the page that refers to them.
pub fn shorten_in(folder: &Path, page: &str) -> Result<String> {
    let mut page = page.to_owned();
    for stem in stems(folder)? {
        page = shorten_one(folder, &stem, &page)?;
    }
    Ok(page)
}

fn shorten_one(folder: &Path, stem: &str, page: &str) -> Result<String> {
    let (script_name, program_name) = (format!("{stem}.js"), format!("{stem}_bg.wasm"));
    let script = fs::read_to_string(folder.join(&script_name))?;
    let program = fs::read(folder.join(&program_name)).context("the script has no program")?;
    let (script, program) = shorten(&script, &program)?;
    let hash = Fingerprint::short(&[script.as_bytes(), &program].concat());
    let name = without_hash(stem);
    let new_stem = format!("{name}-{hash}");
    fs::remove_file(folder.join(&script_name))?;
    fs::remove_file(folder.join(&program_name))?;
    fs::write(folder.join(format!("{new_stem}.js")), script)?;
    fs::write(folder.join(format!("{new_stem}_bg.wasm")), program)?;
    Ok(page.replace(stem, &new_stem))
}

/// A name without the hash that Trunk gave it, if it gave it one.
fn without_hash(stem: &str) -> &str {
    let is_hash = |tail: &str| tail.len() >= 8 && tail.chars().all(|c| c.is_ascii_hexdigit());
    match stem.rsplit_once('-') {
        Some((name, tail)) if is_hash(tail) => name,
        _ => stem,
    }
}

/// The names that each program and its script share, in order.
pub fn stems(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        found.extend(name.strip_suffix("_bg.wasm").map(str::to_owned));
    }
    found.sort();
    Ok(found)
}

fn shorten(script: &str, program: &[u8]) -> Result<(String, Vec<u8>)> {
    let mut module = None;
    let mut names = Vec::new();
    let program = with_imports(program, |from, name| {
        module = Some(from.to_owned());
        names.push(name.to_owned());
        (MODULE.to_owned(), short_name(names.len() - 1))
    })?;
    let mut script = without_indentation(script);
    let mut replace = |old: &str, new: &str| {
        ensure!(
            script.matches(old).count() == 1,
            "the script should say `{old}` once"
        );
        script = script.replacen(old, new, 1);
        Ok(())
    };
    if let Some(module) = module {
        replace(&format!("\"{module}\":"), &format!("\"{MODULE}\":"))?;
    }
    for (position, name) in names.iter().enumerate() {
        replace(
            &format!("\n{name}: function"),
            &format!("\n{}: function", short_name(position)),
        )?;
    }
    Ok((script, program))
}

/// `a` to `z`, then `aa`, `ba` and so on.
fn short_name(mut position: usize) -> String {
    let mut name = String::new();
    loop {
        name.push(char::from(b'a' + (position % 26) as u8));
        if position < 26 {
            return name;
        }
        position = position / 26 - 1;
    }
}

/// A script without comments of their own lines, empty lines and indentation. A text that spans
/// lines would be changed by this, so a script that holds one stays as it is.
fn without_indentation(script: &str) -> String {
    if script
        .lines()
        .any(|line| line.matches('`').count() % 2 == 1)
    {
        return script.to_owned();
    }
    let mut text = String::with_capacity(script.len());
    let mut in_comment = false;
    for line in script.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            text.push_str(line);
            text.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    text
}

/// A program whose imports have other names.
fn with_imports(
    program: &[u8],
    mut rename: impl FnMut(&str, &str) -> (String, String),
) -> Result<Vec<u8>> {
    let mut rest = program
        .strip_prefix(HEADER)
        .context("this is no WebAssembly program")?;
    let mut output = HEADER.to_vec();
    while let Some((&section, mut after)) = rest.split_first() {
        let length = number(&mut after)?;
        let mut body = bytes(&mut after, length)?;
        rest = after;
        let mut renamed = Vec::new();
        if section == IMPORTS {
            let count = number(&mut body)?;
            put_number(&mut renamed, count);
            for _ in 0..count {
                let (module, name) = (text(&mut body)?, text(&mut body)?);
                let (module, name) = rename(module, name);
                put_text(&mut renamed, &module);
                put_text(&mut renamed, &name);
                if bytes(&mut body, 1)? != [FUNCTION] {
                    bail!("the program imports `{name}`, which is no function");
                }
                renamed.push(FUNCTION);
                let kind = number(&mut body)?;
                put_number(&mut renamed, kind);
            }
            body = &renamed;
        }
        output.push(section);
        put_number(&mut output, body.len());
        output.extend_from_slice(body);
    }
    Ok(output)
}

fn bytes<'b>(input: &mut &'b [u8], count: usize) -> Result<&'b [u8]> {
    let (taken, rest) = input
        .split_at_checked(count)
        .context("the program ends too early")?;
    *input = rest;
    Ok(taken)
}

fn text<'b>(input: &mut &'b [u8]) -> Result<&'b str> {
    let count = number(input)?;
    Ok(std::str::from_utf8(bytes(input, count)?)?)
}

/// A number in LEB128.
fn number(input: &mut &[u8]) -> Result<usize> {
    let mut number = 0;
    for shift in (0..35).step_by(7) {
        let byte = bytes(input, 1)?[0];
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    bail!("a number of the program is too long")
}

fn put_number(output: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        output.push(number as u8 | 0x80);
        number >>= 7;
    }
    output.push(number as u8);
}

fn put_text(output: &mut Vec<u8>, text: &str) {
    put_number(output, text.len());
    output.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "const import0 = {\n    __wbg_a_12: function() {\n        // Why.\n        \
        return 1;\n    },\n\n    /**\n     * What.\n     */\n    __wbg_b_34: function() {},\n};\n\
        return { \"./page_bg.js\": import0 };\n";

    fn program() -> Vec<u8> {
        let mut imports = vec![2];
        for (name, kind) in [("__wbg_a_12", 0), ("__wbg_b_34", 200)] {
            put_text(&mut imports, "./page_bg.js");
            put_text(&mut imports, name);
            imports.push(FUNCTION);
            put_number(&mut imports, kind);
        }
        let mut program = [HEADER, &[1, 1, 0, IMPORTS]].concat();
        put_number(&mut program, imports.len());
        program.extend(imports);
        program.extend([3, 2, 1, 0]);
        program
    }

    #[test]
    fn both_sides_get_the_same_short_names() {
        let (script, program) = shorten(SCRIPT, &program()).unwrap();
        assert_eq!(
            script,
            "const import0 = {\na: function() {\nreturn 1;\n},\nb: function() {},\n};\n\
             return { \"w\": import0 };\n"
        );
        let tail = b"\x02\x0e\x02\x01w\x01a\x00\x00\x01w\x01b\x00\xc8\x01\x03\x02\x01\x00";
        assert_eq!(program, [HEADER, &[1, 1, 0], tail].concat());
    }

    #[test]
    fn files_are_named_by_what_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("page-12ab34cd.js"), SCRIPT).unwrap();
        fs::write(folder.path().join("page-12ab34cd_bg.wasm"), program()).unwrap();
        fs::write(folder.path().join("my-tools.js"), SCRIPT).unwrap();
        fs::write(folder.path().join("my-tools_bg.wasm"), program()).unwrap();
        let page = "<link href=\"./page-12ab34cd.js\"><link href=\"./page-12ab34cd_bg.wasm\">";
        let page = shorten_in(folder.path(), page).unwrap();
        let stems = stems(folder.path()).unwrap();
        assert!(stems[0].starts_with("my-tools-"), "{stems:?}");
        let stem = &stems[1];
        assert_ne!(stem, "page-12ab34cd");
        assert!(folder.path().join(format!("{stem}.js")).exists());
        assert_eq!(
            page,
            format!("<link href=\"./{stem}.js\"><link href=\"./{stem}_bg.wasm\">")
        );
    }

    #[test]
    fn a_script_that_lacks_a_function_is_refused() {
        assert!(shorten("", &program()).is_err());
        assert!(shorten(SCRIPT, b"no program").is_err());
        assert!(shorten(SCRIPT, &program()[..20]).is_err());
    }

    #[test]
    fn short_names_differ() {
        let names: Vec<String> = (0..800).map(short_name).collect();
        let mut distinct = names.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
        assert_eq!((&*names[0], &*names[25], &*names[26]), ("a", "z", "aa"));
    }

    #[test]
    fn texts_over_several_lines_stay() {
        let script = "a(`x\n    y`);\n";
        assert_eq!(without_indentation(script), script);
    }
}
