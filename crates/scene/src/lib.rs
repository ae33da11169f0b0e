//! World → what to draw, in numbers.
//!
//! The stage asks a [`Layout`] where things stand, and reads from a run, seen as
//! [`synod_sim::View`], what each node, link and message looks like. Nothing here knows a protocol
//! or a browser, so all of it is tested natively.

pub mod cut;
pub mod export;
pub mod geometry;
pub mod hit;
pub mod layout;
pub mod links;
pub mod nodes;
pub mod picture;
pub mod shapes;
pub mod spacetime;
pub mod span;
pub mod svg;
pub mod tiles;
pub mod timeline;

pub use cut::crossed_links;
pub use geometry::{Path, Point, hull};
pub use hit::{Hit, Reach, hit};
pub use layout::{Density, Layout, Room};
pub use links::{LinkFigure, Share, link_figure, link_figures, sides};
pub use nodes::{
    Badge, Gathering, LogTail, NodeFigure, Square, TIMER_STEPS, TimerArc, node_figure, timer_arc,
};
pub use shapes::{Anchor, Form, Ink, Shape};
pub use spacetime::{Diagram, Drawing};
pub use span::Span;
pub use tiles::{Motion, Pace, Tile, tiles};
pub use timeline::{Reign, Timeline, reigns};

/// How many colours tell epochs apart before they repeat.
pub const EPOCH_SLOTS: u64 = 8;

/// The colour of an epoch: `None` for epoch 0, in which nothing has begun.
pub fn epoch_slot(epoch: u64) -> Option<u64> {
    epoch.checked_sub(1).map(|past| past % EPOCH_SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_epochs_differ_in_colour() {
        assert_eq!(epoch_slot(0), None);
        assert_eq!(epoch_slot(1), Some(0));
        assert_eq!(epoch_slot(9), Some(0));
        for epoch in 1..100 {
            assert_ne!(epoch_slot(epoch), epoch_slot(epoch + 1));
        }
    }
}
