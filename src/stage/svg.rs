//! Making and changing SVG elements that Yew does not own.

use gloo::utils::document;
use web_sys::Element;

const NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// Adds an element at the end of another.
///
/// # Panics
/// If the name is none of an element, which only a mistake here can cause.
pub fn add(parent: &Element, name: &str, attributes: &[(&str, &str)]) -> Element {
    let element = document()
        .create_element_ns(Some(NAMESPACE), name)
        .expect("the names of SVG elements here are right");
    for (name, value) in attributes {
        set(&element, name, value);
    }
    let _ = parent.append_child(&element);
    element
}

pub fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

pub fn set_number(element: &Element, name: &str, value: f64) {
    set(element, name, &number(value));
}

pub fn clear(element: &Element) {
    element.set_text_content(None);
}

/// A number to a tenth. The formatter for floats would be the largest function of the page.
pub fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    let mut text = if tenths < 0 {
        "-".to_string()
    } else {
        String::new()
    };
    text.push_str(&(tenths.unsigned_abs() / 10).to_string());
    if tenths % 10 != 0 {
        text.push('.');
        text.push_str(&(tenths.unsigned_abs() % 10).to_string());
    }
    text
}

/// Numbers and letters of a path, one after another: `M`, `1`, `2`.
pub fn path(parts: &[(&str, &[f64])]) -> String {
    let mut text = String::new();
    for (letter, numbers) in parts {
        text.push_str(letter);
        for value in *numbers {
            text.push_str(&number(*value));
            text.push(' ');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (1.04, "1"),
            (-0.26, "-0.3"),
            (12.5, "12.5"),
            (-3.0, "-3"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!(path(&[("M", &[1.0, 2.5]), ("Z", &[])]), "M1 2.5 Z");
    }
}
