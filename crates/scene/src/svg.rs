//! Shapes as an SVG file that needs nothing else: no script, no style sheet, no font.

use crate::epoch_slot;
use crate::shapes::{Anchor, Form, Ink, Shape};
use std::fmt::Write;

/// Which colours a picture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

/// The colours of the page's tokens (static/synod.css), by [`Ink`].
fn colour(theme: Theme, ink: Ink) -> &'static str {
    const FILLS: [[&str; 9]; 2] = [
        [
            "#cfe3f5", "#fbe2b6", "#cdebdc", "#ecd6ec", "#c9e9ec", "#fbd9dd", "#dfe0f8", "#e6e9c3",
            "#eceae4",
        ],
        [
            "#1d3b58", "#4a3a16", "#17402f", "#43284a", "#123f46", "#55232f", "#2f3066", "#3b3f16",
            "#2a2f36",
        ],
    ];
    const INKS: [[&str; 9]; 2] = [
        [
            "#1f5fa8", "#8a5a00", "#156b4b", "#7a3b82", "#0d6672", "#a02c45", "#4a4bb0", "#5b6310",
            "#5d636c",
        ],
        [
            "#9cc8f2", "#f0c66b", "#7fd8b3", "#dca6e4", "#7fd3de", "#f7a8b6", "#b9bcf8", "#d0d67c",
            "#a9b0ba",
        ],
    ];
    let dark = usize::from(theme == Theme::Dark);
    let slot = |epoch: u64| epoch_slot(epoch).map_or(8, |slot| slot as usize);
    match ink {
        Ink::Paper => ["#fbfaf7", "#15181c"][dark],
        Ink::Ink => ["#1c2026", "#e9e6df"][dark],
        Ink::Muted => ["#5f666f", "#9aa1ab"][dark],
        Ink::Rule => ["#e4e0d6", "#2c3138"][dark],
        Ink::Edge => ["#868c94", "#7b838e"][dark],
        Ink::Accent => ["#1f5fa8", "#7db4ee"][dark],
        Ink::Bad => ["#b93a08", "#ff8a5c"][dark],
        Ink::Ok => ["#18734f", "#5cc79c"][dark],
        Ink::Epoch(epoch) => INKS[dark][slot(epoch)],
        Ink::Fill(epoch) => FILLS[dark][slot(epoch)],
    }
}

/// A picture of this size; the title and the description are for those who cannot see it.
pub fn svg(
    shapes: &[Shape],
    width: f64,
    height: f64,
    theme: Theme,
    title: &str,
    description: &str,
) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
         height=\"{h}\" role=\"img\" font-family=\"system-ui, 'Segoe UI', Roboto, sans-serif\">\n\
         <title>{}</title>\n<desc>{}</desc>\n",
        escape(title),
        escape(description),
        w = number(width),
        h = number(height),
    );
    let paper = colour(theme, Ink::Paper);
    let _ = writeln!(
        out,
        "<rect width=\"100%\" height=\"100%\" fill=\"{paper}\"/>"
    );
    for shape in shapes {
        write_shape(&mut out, shape, theme);
    }
    out.push_str("</svg>\n");
    out
}

fn write_shape(out: &mut String, shape: &Shape, theme: Theme) {
    let mut style = String::new();
    let fill = shape.fill.map_or("none", |ink| colour(theme, ink));
    let _ = write!(style, " fill=\"{fill}\"");
    if let Some(ink) = shape.stroke {
        let (ink, width) = (colour(theme, ink), number(shape.width));
        let _ = write!(style, " stroke=\"{ink}\" stroke-width=\"{width}\"");
        if shape.dash > 0.0 {
            let _ = write!(style, " stroke-dasharray=\"{}\"", number(shape.dash));
        }
    }
    if shape.alpha < 1.0 {
        let _ = write!(style, " opacity=\"{}\"", number(shape.alpha));
    }
    match &shape.form {
        Form::Path { points, closed } => {
            let mut path = String::new();
            for (k, point) in points.iter().enumerate() {
                let verb = if k == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{verb}{} {}", number(point.x), number(point.y));
            }
            if *closed {
                path.push('Z');
            }
            let _ = writeln!(out, "<path d=\"{path}\"{style}/>");
        }
        Form::Circle { at, r } => {
            let (x, y, r) = (number(at.x), number(at.y), number(*r));
            let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"{style}/>");
        }
        Form::Text {
            at,
            text,
            size,
            anchor,
            bold,
        } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let weight = if *bold { " font-weight=\"600\"" } else { "" };
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{anchor}\"{weight}{style}>\
                 {}</text>",
                number(at.x),
                number(at.y),
                number(*size),
                escape(text),
            );
        }
    }
}

/// A number with at most two decimals.
fn number(value: f64) -> String {
    let hundredths = (value * 100.0).round() as i64;
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, rest) = (hundredths.abs() / 100, hundredths.abs() % 100);
    match rest {
        0 => format!("{sign}{whole}"),
        _ if rest % 10 == 0 => format!("{sign}{whole}.{}", rest / 10),
        _ => format!("{sign}{whole}.{rest:02}"),
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // What XML 1.0 does not allow.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    /// The page and its pictures have the same colours.
    #[test]
    fn colours_are_the_style_sheets() {
        let css = include_str!("../../../static/synod.css");
        let inks = (0..9).flat_map(|epoch| [Ink::Epoch(epoch), Ink::Fill(epoch)]);
        let plain = [
            Ink::Paper,
            Ink::Ink,
            Ink::Muted,
            Ink::Rule,
            Ink::Edge,
            Ink::Accent,
            Ink::Bad,
            Ink::Ok,
        ];
        for ink in plain.into_iter().chain(inks) {
            for theme in [Theme::Light, Theme::Dark] {
                let value = colour(theme, ink);
                assert!(css.contains(&format!(": {value};")), "{ink:?}: {value}");
            }
        }
    }

    #[test]
    fn text_is_escaped_and_numbers_are_short() {
        let at = Point::new(1.0, -2.345);
        let shapes = [Shape::text(at, "<&\u{1}>", 10.0, Anchor::Middle)];
        let text = svg(&shapes, 10.0, 20.5, Theme::Dark, "a \"b\"", "");
        assert!(
            text.contains("y=\"-2.35\"") || text.contains("y=\"-2.34\""),
            "{text}"
        );
        assert!(text.contains("&lt;&amp; &gt;"), "{text}");
        assert!(text.contains("<title>a &quot;b&quot;</title>"));
    }
}
