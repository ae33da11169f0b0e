//! The page's workbench: what is needed seldom and may take long, in a worker with a program of its
//! own that is fetched at first use. The page stays small, and never stands still.

mod answer;

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {}

/// Answers a request of the page: its kind, and a text.
///
/// # Errors
/// What is wrong, as a text for people.
#[wasm_bindgen]
pub fn answer(kind: &str, input: &str) -> Result<String, String> {
    answer::answer(kind, input)
}
