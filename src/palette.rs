//! Which colours tell epochs apart, and those colours for the canvas.

use gloo::utils::{document_element, window};
use synod_scene::Ink;

/// The class that gives an element the colours of an epoch.
pub fn slot(epoch: u64) -> &'static str {
    const NAMES: [&str; synod_scene::EPOCH_SLOTS as usize] = [
        "slot-0", "slot-1", "slot-2", "slot-3", "slot-4", "slot-5", "slot-6", "slot-7",
    ];
    match synod_scene::epoch_slot(epoch) {
        Some(slot) => NAMES[slot as usize],
        None => "slot-n",
    }
}

/// The name of a colour among the page's tokens.
fn token(ink: Ink) -> String {
    let epoch = |epoch: u64, end: &str| match synod_scene::epoch_slot(epoch) {
        Some(slot) => format!("--e{slot}{end}"),
        None => ["--en", end].concat(),
    };
    let name = match ink {
        Ink::Paper => "--paper",
        Ink::Ink => "--ink",
        Ink::Muted => "--muted",
        Ink::Rule => "--rule",
        Ink::Edge => "--line",
        Ink::Accent => "--accent",
        Ink::Bad => "--bad",
        Ink::Ok => "--ok",
        Ink::Epoch(number) => return epoch(number, "i"),
        Ink::Fill(number) => return epoch(number, ""),
    };
    name.to_string()
}

/// Looks colours up by their meaning, each once.
pub struct Tokens {
    style: Option<web_sys::CssStyleDeclaration>,
    known: Vec<(Ink, String)>,
}

impl Tokens {
    /// The colours that hold now.
    pub fn read() -> Tokens {
        let style = window().get_computed_style(&document_element());
        Tokens {
            style: style.ok().flatten(),
            known: Vec::new(),
        }
    }

    /// The colour, as a style sheet writes it.
    pub fn colour(&mut self, ink: Ink) -> &str {
        let found = self.known.iter().position(|(known, _)| *known == ink);
        let position = found.unwrap_or_else(|| {
            let style = self.style.as_ref();
            let value = style.and_then(|style| style.get_property_value(&token(ink)).ok());
            let value = value.unwrap_or_default().trim().to_string();
            self.known.push((ink, value));
            self.known.len() - 1
        });
        &self.known[position].1
    }
}

/// The colours that the canvas needs; a canvas knows no style sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Inks {
    /// The inks of the epochs, and last the neutral one.
    epochs: Vec<String>,
    pub paper: String,
    pub ink: String,
    pub bad: String,
}

impl Inks {
    /// Reads the colours that hold now.
    pub fn read() -> Inks {
        let style = window()
            .get_computed_style(&document_element())
            .ok()
            .flatten();
        let read = |name: &str| {
            let value = style
                .as_ref()
                .and_then(|style| style.get_property_value(name).ok());
            value
                .map(|value| value.trim().to_string())
                .unwrap_or_default()
        };
        const NAMES: [&str; synod_scene::EPOCH_SLOTS as usize + 1] = [
            "--e0i", "--e1i", "--e2i", "--e3i", "--e4i", "--e5i", "--e6i", "--e7i", "--eni",
        ];
        Inks {
            epochs: NAMES.iter().map(|name| read(name)).collect(),
            paper: read("--paper"),
            ink: read("--ink"),
            bad: read("--bad"),
        }
    }

    /// The ink at a position that [`Inks::position`] gave.
    pub fn epoch(&self, position: usize) -> &str {
        &self.epochs[position]
    }

    /// The position of an epoch's ink.
    pub fn position(epoch: u64) -> usize {
        synod_scene::epoch_slot(epoch).unwrap_or(synod_scene::EPOCH_SLOTS) as usize
    }

    /// How many inks there are.
    pub const COUNT: usize = synod_scene::EPOCH_SLOTS as usize + 1;
}
