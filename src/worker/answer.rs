//! The answers themselves, without a browser.

use qrcodegen::{QrCode, QrCodeEcc};
use std::fmt::Write;
use synod_scene::export::{Format, export};
use synod_scene::svg::Theme;
use synod_share::{Shared, decode, encode};
use synod_sim::parse_scenario;

/// The margin around a QR code, in modules (ISO/IEC 18004 asks for four).
const QUIET: i32 = 4;

/// Answers a request.
///
/// | Kind | Input | Answer |
/// |---|---|---|
/// | `open` | a scenario file's text, or a trace's | the run as a link |
/// | `qr` | a text | the side of its QR code in modules, and the path of the dark ones |
/// | a form's name | `light` or `dark`, and a link | the run up to its position in that form |
///
/// # Errors
/// What is wrong with the input, one thing a line.
pub fn answer(kind: &str, input: &str) -> Result<String, String> {
    match (kind, Format::named(kind)) {
        ("open", _) => open(input),
        ("qr", _) => qr(input),
        (_, Some(format)) => take(format, input),
        _ => Err(format!("There is no such request: {kind}")),
    }
}

/// A scenario file, or a trace, whose first line carries its scenario.
fn open(text: &str) -> Result<String, String> {
    let head = text.lines().next().unwrap_or_default();
    let carried = serde_json::from_str::<serde_json::Value>(head).ok();
    let carried = carried.and_then(|head| head.get("scenario")?.as_str().map(str::to_string));
    let scenario = parse_scenario(carried.as_deref().unwrap_or(text), "").map_err(|errors| {
        let line = |error: &synod_sim::ParseError| {
            format!("{}:{}: {}", error.line, error.column, error.message)
        };
        errors.iter().map(line).collect::<Vec<_>>().join("\n")
    })?;
    encode(&Shared::new(scenario, 0, Vec::new())).map_err(|why| why.to_string())
}

/// Level L, which gives the largest modules: a screen is not torn or stained.
fn qr(text: &str) -> Result<String, String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).map_err(|why| why.to_string())?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size())
                .take_while(|x| code.get_module(*x, y))
                .count() as i32;
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Ok(format!("{} {path}", code.size() + 2 * QUIET))
}

fn take(format: Format, input: &str) -> Result<String, String> {
    let (theme, link) = input.split_once(' ').unwrap_or(("light", input));
    let theme = match theme {
        "dark" => Theme::Dark,
        _ => Theme::Light,
    };
    let shared = decode(link).map_err(|why| why.to_string())?;
    export(&shared.scenario, shared.position, format, theme).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAB: &str = include_str!("../../tests/scenarios/lab.toml");

    #[test]
    fn a_file_becomes_a_link_and_errors_have_their_places() {
        let link = answer("open", LAB).expect("a good scenario");
        assert_eq!(decode(&link).expect("a link").scenario.nodes, 5);
        let wrong = answer("open", "protocol = \"raft\"\nnodes = 0\nsed = 1\n");
        let wrong = wrong.expect_err("two errors");
        let lines: Vec<&str> = wrong.lines().collect();
        assert_eq!(lines.len(), 2, "{wrong}");
        assert!(lines[0].starts_with("2:9: "), "{wrong}");
        assert!(lines[1].starts_with("3:1: "), "{wrong}");
    }

    #[test]
    fn a_trace_opens_as_its_scenario() {
        let link = answer("open", LAB).expect("a link");
        let mut shared = decode(&link).expect("a link");
        shared.position = 100;
        let link = encode(&shared).expect("a link");
        let trace = answer("ndjson", &format!("light {link}")).expect("a trace");
        assert_eq!(trace.lines().count(), 101);
        let again = answer("open", &trace).expect("the scenario of the trace");
        assert_eq!(decode(&again).expect("a link").scenario, shared.scenario);
    }

    #[test]
    fn every_form_is_made_and_nonsense_is_refused() {
        let mut shared = decode(&answer("open", LAB).expect("a link")).expect("a link");
        shared.position = 300;
        let link = encode(&shared).expect("a link");
        for (_, name) in Format::ALL {
            let made = answer(name, &format!("dark {link}")).expect(name);
            assert!(made.len() > 100, "{name}: {made}");
        }
        assert!(answer("picture", "light nonsense").is_err());
        assert!(answer("dance", "").is_err());
    }

    /// The first finder pattern stands in the corner, inside the margin.
    #[test]
    fn a_qr_code_is_a_path() {
        let code = answer("qr", "https://example.org/").expect("a code");
        let (size, path) = code.split_once(' ').expect("a size");
        assert_eq!(size, "33", "version 2, 25 modules, and the margin");
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
        assert!(answer("qr", &"x".repeat(4_000)).is_err());
    }
}
