//! Draws messages on the canvas. Each kind of tile is drawn once onto a sheet and copied from it.

use super::svg::number;
use super::words;
use crate::palette::Inks;
use gloo::utils::document;
use std::f64::consts::TAU;
use synod_protocols::About;
use synod_scene::{Hit, Layout, Motion, Point, Tile};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// From how many messages on they are drawn as mere dots.
const CROWD: usize = 600;
/// How many sorts of tile the sheet holds: columns and rows.
const SHEET: (usize, usize) = (12, 10);

/// The canvas and what it shows.
pub struct TilePainter {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    sheet: HtmlCanvasElement,
    sheet_context: CanvasRenderingContext2d,
    /// The sorts of tile on the sheet, by position.
    sorts: Vec<Sort>,
    inks: Inks,
    /// Device pixels per CSS pixel.
    ratio: f64,
    /// The part of the stage that the canvas covers.
    corner: Point,
    size: (f64, f64),
    tile: f64,
    shown: Vec<Tile>,
    shown_lit: Option<Hit>,
    stale: bool,
}

/// What tells one tile's picture from another's.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sort {
    kind: u8,
    ink: u8,
    reply: bool,
    quiet: bool,
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

impl TilePainter {
    /// `None` if the browser gives no canvas.
    pub fn new(canvas: HtmlCanvasElement) -> Option<TilePainter> {
        let sheet: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        Some(TilePainter {
            context: context(&canvas)?,
            sheet_context: context(&sheet)?,
            canvas,
            sheet,
            sorts: Vec::new(),
            inks: Inks::read(),
            ratio: 1.0,
            corner: Point::default(),
            size: (0.0, 0.0),
            tile: 0.0,
            shown: Vec::new(),
            shown_lit: None,
            stale: true,
        })
    }

    /// Takes the stage's size and the screen's sharpness.
    pub fn fit(&mut self, layout: &Layout, ratio: f64) {
        let (corner, width, height) = layout.field();
        self.corner = corner;
        self.size = (width, height);
        self.ratio = ratio;
        self.tile = layout.tile();
        self.canvas.set_width((self.size.0 * ratio) as u32);
        self.canvas.set_height((self.size.1 * ratio) as u32);
        let style = self.canvas.style();
        let places = [
            ("left", corner.x),
            ("top", corner.y),
            ("width", width),
            ("height", height),
        ];
        for (name, value) in places {
            let _ = style.set_property(name, &[&number(value), "px"].concat());
        }
        self.forget();
    }

    /// Takes the colours that hold now.
    pub fn restyle(&mut self) {
        let inks = Inks::read();
        if inks != self.inks {
            self.inks = inks;
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.sorts.clear();
        let cell = self.cell();
        self.sheet.set_width((cell * SHEET.0 as f64) as u32);
        self.sheet.set_height((cell * SHEET.1 as f64) as u32);
        self.stale = true;
    }

    /// The side of a cell of the sheet, in device pixels.
    fn cell(&self) -> f64 {
        ((self.tile + 4.0) * self.ratio).ceil()
    }

    /// Draws the tiles, unless they are where they were.
    pub fn show(&mut self, about: &About, tiles: &[Tile], lit: Option<Hit>) {
        if !self.stale && self.shown == tiles && self.shown_lit == lit {
            return;
        }
        let (ratio, Point { x, y }) = (self.ratio, self.corner);
        let _ = self
            .context
            .set_transform(ratio, 0.0, 0.0, ratio, -x * ratio, -y * ratio);
        self.context.clear_rect(x, y, self.size.0, self.size.1);
        if tiles.len() > CROWD || self.tile < 6.0 {
            self.draw_dots(tiles);
        } else {
            self.draw_tails(tiles);
            for tile in tiles {
                self.draw_tile(about, tile);
            }
        }
        if let Some(Hit::Message(id)) = lit
            && let Some(tile) = tiles.iter().find(|tile| tile.id == id)
        {
            self.draw_halo(tile);
        }
        self.shown.clear();
        self.shown.extend_from_slice(tiles);
        self.shown_lit = lit;
        self.stale = false;
    }

    fn draw_dots(&self, tiles: &[Tile]) {
        let side = self.tile.min(4.0);
        for ink in 0..Inks::COUNT {
            self.context.set_fill_style_str(self.inks.epoch(ink));
            for tile in tiles
                .iter()
                .filter(|tile| Inks::position(tile.epoch) == ink)
            {
                let (x, y) = (tile.at.x - side / 2.0, tile.at.y - side / 2.0);
                self.context.fill_rect(x, y, side, side);
            }
        }
    }

    /// A short tail behind each message on its way, one stroke for each colour.
    fn draw_tails(&self, tiles: &[Tile]) {
        let context = &self.context;
        context.set_global_alpha(0.35);
        context.set_line_width(2.0);
        context.set_line_cap("round");
        for ink in 0..Inks::COUNT {
            let moving =
                |tile: &&Tile| tile.motion == Motion::Flying && Inks::position(tile.epoch) == ink;
            let mut moving = tiles.iter().filter(moving).peekable();
            if moving.peek().is_none() {
                continue;
            }
            context.begin_path();
            for tile in moving {
                let end = tile.at.moved(tile.heading, -self.tile * 1.35);
                context.move_to(tile.at.x, tile.at.y);
                context.line_to(end.x, end.y);
            }
            context.set_stroke_style_str(self.inks.epoch(ink));
            context.stroke();
        }
        context.set_global_alpha(1.0);
    }

    fn draw_tile(&mut self, about: &About, tile: &Tile) {
        let sort = Sort {
            kind: tile.kind,
            ink: Inks::position(tile.epoch) as u8,
            reply: tile.reply,
            quiet: tile.quiet,
        };
        let position = self.position_on_sheet(about, sort);
        let cell = self.cell();
        let side = cell / self.ratio;
        // Whole device pixels keep the letters sharp.
        let snap = |value: f64| ((value - side / 2.0) * self.ratio).round() / self.ratio;
        let (x, y) = (snap(tile.at.x), snap(tile.at.y));
        let (column, row) = (position % SHEET.0, position / SHEET.0);
        let faded = tile.opacity < 1.0;
        if faded {
            self.context.set_global_alpha(tile.opacity);
        }
        let copied = self
            .context
            .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &self.sheet,
                column as f64 * cell,
                row as f64 * cell,
                cell,
                cell,
                x,
                y,
                side,
                side,
            );
        debug_assert!(copied.is_ok());
        if faded {
            self.context.set_global_alpha(1.0);
            self.draw_cross(tile);
        }
    }

    /// The mark of a message that does not arrive.
    fn draw_cross(&self, tile: &Tile) {
        let context = &self.context;
        let arm = self.tile * 0.42;
        context.set_stroke_style_str(&self.inks.bad);
        context.set_line_width(2.5);
        context.begin_path();
        for side in [-1.0, 1.0] {
            context.move_to(tile.at.x - arm, tile.at.y - arm * side);
            context.line_to(tile.at.x + arm, tile.at.y + arm * side);
        }
        context.stroke();
    }

    fn draw_halo(&self, tile: &Tile) {
        let context = &self.context;
        context.set_stroke_style_str(&self.inks.ink);
        context.set_line_width(2.0);
        context.begin_path();
        let _ = context.arc(tile.at.x, tile.at.y, self.tile * 0.5 + 6.0, 0.0, TAU);
        context.stroke();
    }

    fn position_on_sheet(&mut self, about: &About, sort: Sort) -> usize {
        if let Some(position) = self.sorts.iter().position(|known| *known == sort) {
            return position;
        }
        if self.sorts.len() == SHEET.0 * SHEET.1 {
            self.forget();
        }
        let position = self.sorts.len();
        self.sorts.push(sort);
        self.draw_on_sheet(about, sort, position);
        position
    }

    /// Draws a sort of tile: a square for a request, a disc for a reply; heartbeats are smaller.
    fn draw_on_sheet(&self, about: &About, sort: Sort, position: usize) {
        let context = &self.sheet_context;
        let ratio = self.ratio;
        let cell = self.cell();
        let (column, row) = (position % SHEET.0, position / SHEET.0);
        let (x, y) = ((column as f64 + 0.5) * cell, (row as f64 + 0.5) * cell);
        let _ = context.set_transform(ratio, 0.0, 0.0, ratio, x, y);
        let ink = self.inks.epoch(usize::from(sort.ink));
        let half = self.tile / 2.0 * if sort.quiet { 0.8 } else { 1.0 };
        context.begin_path();
        if sort.reply {
            let _ = context.arc(0.0, 0.0, half - 0.75, 0.0, TAU);
            context.set_fill_style_str(&self.inks.paper);
            context.fill();
            context.set_stroke_style_str(ink);
            context.set_line_width(1.5);
            context.stroke();
            context.set_fill_style_str(ink);
        } else {
            let _ = context.round_rect_with_f64(-half, -half, 2.0 * half, 2.0 * half, half / 2.0);
            context.set_fill_style_str(ink);
            context.fill();
            context.set_fill_style_str(&self.inks.paper);
        }
        let size = (self.tile * if sort.quiet { 0.5 } else { 0.6 }).round() as u32;
        context.set_font(&["700 ", &size.to_string(), "px system-ui, sans-serif"].concat());
        context.set_text_align("center");
        context.set_text_baseline("middle");
        let letter = words::letter(about, sort.kind);
        let _ = context.fill_text(letter, 0.0, 0.5);
    }
}
