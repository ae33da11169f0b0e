//! Draws the stage: asks the scene what there is to see, and writes what has changed.

use super::link_painter::LinkPainter;
use super::node_painter::NodePainter;
use super::svg::{number, path, set};
use super::tile_painter::TilePainter;
use crate::frame::{Motion, Paint, request};
use crate::model::{Model, Selection};
use gloo::utils::window;
use std::cell::{Ref, RefCell};
use synod_protocols::NodeId;
use synod_scene::{
    Hit, Layout, LinkFigure, Pace, Point, Reach, Room, Tile, hit, link_figures, node_figure, sides,
    tiles, timer_arc,
};
use synod_sim::Flight;
use web_sys::{Element, HtmlCanvasElement};

/// How long a message takes to its door when the network is held, in real milliseconds.
const TO_THE_DOOR_MS: f64 = 260.0;

/// How long a timer's ring stands; eleven times a second is as fine as its shrinking is seen.
const TIMERS_EVERY_MS: f64 = 90.0;

/// The empty elements that Yew keeps for the painter.
pub struct Hosts {
    /// The stage, whose size counts.
    pub stage: Element,
    pub back: Element,
    pub canvas: HtmlCanvasElement,
    /// The group that holds one focusable group for each node.
    pub nodes: Element,
    /// The clients' figure.
    pub clients: Element,
    /// The line that the reader draws.
    pub cut_line: Element,
    /// The lines that the reader has drawn.
    pub old_cuts: Element,
}

/// Everything on the stage that is not Yew's.
pub struct Painter(RefCell<Option<Drawing>>);

struct Drawing {
    hosts: Hosts,
    layout: Layout,
    nodes: Vec<NodePainter>,
    links: LinkPainter,
    canvas: Option<TilePainter>,
    flights: Vec<Flight>,
    tiles: Vec<Tile>,
    figures: Vec<LinkFigure>,
    /// Messages on their way to a door of the held network, since when.
    coming: Vec<(u64, f64)>,
    held: bool,
    hover: Option<Hit>,
    /// The lines that were drawn, in shares of the stage's width and height.
    cuts: Vec<Vec<Point>>,
    calm: bool,
    /// The run and event that were drawn last.
    drawn: Option<(u64, u64)>,
    /// When the timers were drawn last.
    timers_ms: f64,
    restyle: bool,
}

impl Painter {
    pub fn new() -> Painter {
        Painter(RefCell::new(None))
    }

    /// Takes the elements once they are there.
    pub fn mount(&self, hosts: Hosts, calm: bool) {
        let drawing = Drawing {
            layout: Layout::new(
                Room {
                    width: 1.0,
                    height: 1.0,
                    top: 0.0,
                    bottom: 0.0,
                },
                0,
            ),
            nodes: Vec::new(),
            links: LinkPainter::new(&hosts.back),
            canvas: TilePainter::new(hosts.canvas.clone()),
            hosts,
            flights: Vec::new(),
            tiles: Vec::new(),
            figures: Vec::new(),
            coming: Vec::new(),
            held: false,
            hover: None,
            cuts: Vec::new(),
            calm,
            drawn: None,
            timers_ms: 0.0,
            restyle: false,
        };
        *self.0.borrow_mut() = Some(drawing);
    }

    pub fn unmount(&self) {
        *self.0.borrow_mut() = None;
    }

    /// Something other than the run has changed: the size, the colours or the wish for less motion.
    pub fn refresh(&self, calm: bool) {
        if let Some(drawing) = &mut *self.0.borrow_mut() {
            drawing.calm = calm;
            drawing.layout.nodes.clear();
        }
        request();
    }

    /// The colours may have changed.
    pub fn restyle(&self) {
        if let Some(drawing) = &mut *self.0.borrow_mut() {
            drawing.restyle = true;
        }
    }

    /// Where things stand; `None` before the first frame.
    pub fn layout(&self) -> Option<Ref<'_, Layout>> {
        Ref::filter_map(self.0.borrow(), |drawing| {
            drawing.as_ref().map(|it| &it.layout)
        })
        .ok()
    }

    /// Where a message's tile is.
    pub fn tile_place(&self, id: u64) -> Option<Point> {
        let drawing = self.0.borrow();
        let tiles = &drawing.as_ref()?.tiles;
        tiles.iter().find(|tile| tile.id == id).map(|tile| tile.at)
    }

    /// What lies at a place of the stage.
    pub fn hit(&self, at: Point, touch: bool) -> Option<Hit> {
        let drawing = self.0.borrow();
        let drawing = drawing.as_ref()?;
        let reach = if touch { Reach::TOUCH } else { Reach::MOUSE };
        hit(&drawing.layout, &drawing.tiles, at, reach)
    }

    /// What the pointer is over.
    pub fn set_hover(&self, hover: Option<Hit>) {
        if let Some(drawing) = &mut *self.0.borrow_mut()
            && drawing.hover != hover
        {
            drawing.hover = hover;
            let name = match hover {
                Some(Hit::Node(_)) => "stage over-node",
                Some(Hit::Link(..)) => "stage over-link",
                Some(Hit::Message(_)) => "stage over-message",
                Some(Hit::Clients) | None => "stage",
            };
            set(&drawing.hosts.stage, "class", name);
            drawing.drawn = None;
            request();
        }
    }

    /// Shows the line that is being drawn; none if it is empty.
    pub fn draw_cut(&self, line: &[Point]) {
        if let Some(drawing) = &*self.0.borrow() {
            set(&drawing.hosts.cut_line, "d", &polyline(line));
        }
    }

    /// Keeps a line that was drawn, until nothing is cut.
    pub fn keep_cut(&self, line: &[Point]) {
        if let Some(drawing) = &mut *self.0.borrow_mut() {
            let room = drawing.layout.room;
            let share = |p: &Point| Point::new(p.x / room.width, p.y / room.height);
            drawing.cuts.push(line.iter().map(share).collect());
            drawing.draw_old_cuts();
        }
    }
}

impl Paint for Painter {
    fn paint(&self, model: &Model, time_ms: f64) -> Motion {
        match &mut *self.0.borrow_mut() {
            Some(drawing) => drawing.paint(model, time_ms),
            None => Motion::Still,
        }
    }
}

impl Drawing {
    fn paint(&mut self, model: &Model, time_ms: f64) -> Motion {
        self.fit(model);
        if std::mem::take(&mut self.restyle)
            && let Some(canvas) = &mut self.canvas
        {
            canvas.restyle();
        }
        let now = (model.generation, model.run().events());
        if self.drawn != Some(now) || !model.is_moving() {
            self.draw_world(model);
            self.drawn = Some(now);
        }
        if !model.is_moving() || time_ms - self.timers_ms >= TIMERS_EVERY_MS {
            self.timers_ms = time_ms;
            for (k, node) in self.nodes.iter_mut().enumerate() {
                node.show_timer(timer_arc(model.run().as_view(), NodeId::at(k)), self.calm);
            }
        }
        let coming = self.draw_tiles(model, time_ms);
        let moving = |tile: &&Tile| tile.motion != synod_scene::Motion::Waiting;
        let mut moving = self.tiles.iter().filter(moving).peekable();
        if coming {
            Motion::Smooth
        } else if !model.is_moving() || model.run().holding() {
            Motion::Still
        } else if self.calm || moving.peek().is_none() {
            Motion::Slow
        } else if moving.all(|tile| tile.quiet) {
            Motion::Half
        } else {
            Motion::Smooth
        }
    }

    /// Lays the stage out anew if its size or the number of servers has changed.
    fn fit(&mut self, model: &Model) {
        let n = model.run().scenario().nodes;
        let another_run = self
            .drawn
            .is_some_and(|(generation, _)| generation != model.generation);
        if another_run {
            self.cuts.clear();
            self.coming.clear();
            self.drawn = None;
            self.draw_old_cuts();
        }
        let groups = self.hosts.nodes.children();
        if self.layout.nodes.len() == n && self.nodes.len() == groups.length() as usize {
            return;
        }
        let (width, height) = (
            self.hosts.stage.client_width(),
            self.hosts.stage.client_height(),
        );
        if width == 0 || height == 0 {
            return;
        }
        let small = width < 560;
        let room = Room {
            width: f64::from(width),
            height: f64::from(height),
            top: if small { 8.0 } else { 14.0 },
            bottom: if small { 44.0 } else { 34.0 },
        };
        self.layout = Layout::new(room, n);
        self.nodes = (0..groups.length())
            .filter_map(|k| groups.item(k))
            .enumerate()
            .filter_map(|(k, host)| NodePainter::new(host, NodeId::at(k)))
            .collect();
        for (k, node) in self.nodes.iter_mut().enumerate() {
            node.fit(&self.layout, NodeId::at(k));
        }
        self.links.reset();
        if let Some(canvas) = &mut self.canvas {
            canvas.fit(&self.layout, window().device_pixel_ratio().clamp(1.0, 3.0));
        }
        let density = match self.layout.density {
            synod_scene::Density::Full => "full",
            synod_scene::Density::Compact => "compact",
            synod_scene::Density::Dots => "dots",
        };
        set(&self.hosts.stage, "data-density", density);
        let centre = self.layout.centre;
        let scale = number(self.layout.clients_r / 30.0);
        let place = [
            "translate(",
            &number(centre.x),
            " ",
            &number(centre.y),
            ") scale(",
            &scale,
            ")",
        ];
        set(&self.hosts.clients, "transform", &place.concat());
        self.draw_old_cuts();
        self.drawn = None;
    }

    /// Draws what only events can change.
    fn draw_world(&mut self, model: &Model) {
        let view = model.run().as_view();
        let about = view.about();
        for (k, painter) in self.nodes.iter_mut().enumerate() {
            let node = NodeId::at(k);
            if node.index() >= view.scenario().nodes {
                break;
            }
            let figure = node_figure(view, node);
            self.links.show_band(&self.layout, &figure);
            painter.show(
                about,
                figure,
                model.selection == Some(Selection::Node(node)),
            );
        }
        link_figures(view, &mut self.figures);
        let lit = self.lit(model);
        self.links.show_links(&self.layout, &self.figures, lit);
        let any_cut = self.figures.iter().any(|figure| figure.cut.any());
        let sides = if any_cut { sides(view) } else { Vec::new() };
        self.links.show_sides(&self.layout, &sides);
        self.links.show_lens(&self.layout, model.overlay());
        if !any_cut && !self.cuts.is_empty() {
            self.cuts.clear();
            self.draw_old_cuts();
        }
    }

    /// True if some message is still coming to its door.
    fn draw_tiles(&mut self, model: &Model, time_ms: f64) -> bool {
        let view = model.run().as_view();
        self.flights.clear();
        view.flights(&mut self.flights);
        let pace = if self.calm { Pace::Step } else { Pace::Glide };
        let held = view.holding();
        tiles(
            view.about(),
            &self.layout,
            view.now(),
            held,
            pace,
            &self.flights,
            &mut self.tiles,
        );
        let coming = held && !self.calm && self.bring_to_doors(time_ms);
        self.held = held;
        let lit = self.lit(model);
        if let Some(canvas) = &mut self.canvas {
            canvas.show(view.about(), &self.tiles, lit);
        }
        coming
    }

    /// Lets messages that appeared in a held network glide to their doors.
    fn bring_to_doors(&mut self, time_ms: f64) -> bool {
        let newest = self.coming.last().map_or(0, |(id, _)| *id);
        for tile in &self.tiles {
            // Those that were there when the network was held are at their doors at once.
            if tile.id > newest {
                let since = if self.held { time_ms } else { f64::MIN };
                self.coming.push((tile.id, since));
            }
        }
        let mut any = false;
        for tile in &mut self.tiles {
            let Ok(k) = self.coming.binary_search_by_key(&tile.id, |(id, _)| *id) else {
                continue;
            };
            let share = ((time_ms - self.coming[k].1) / TO_THE_DOOR_MS).clamp(0.0, 1.0);
            if share < 1.0 {
                any = true;
                let start = self.layout.at(tile.from);
                tile.at = start.toward(tile.at, 0.2 + 0.8 * (1.0 - (1.0 - share).powi(3)));
            }
        }
        if self.coming.len() > 2 * self.tiles.len() + 64 {
            let tiles = &self.tiles;
            self.coming
                .retain(|(id, _)| tiles.iter().any(|tile| tile.id == *id));
        }
        any
    }

    /// What is to be shown as touched: what the pointer is over, or else what is chosen.
    fn lit(&self, model: &Model) -> Option<Hit> {
        self.hover.or(match model.selection {
            Some(Selection::Link(from, to)) => Some(Hit::Link(from, to)),
            Some(Selection::Message(id)) => Some(Hit::Message(id)),
            Some(Selection::Node(_) | Selection::Event(_)) | None => None,
        })
    }

    fn draw_old_cuts(&self) {
        let room = self.layout.room;
        let place = |p: &Point| Point::new(p.x * room.width, p.y * room.height);
        let lines = self
            .cuts
            .iter()
            .map(|line| line.iter().map(place).collect::<Vec<_>>());
        let text: Vec<String> = lines.map(|line| polyline(&line)).collect();
        set(&self.hosts.old_cuts, "d", &text.concat());
    }
}

fn polyline(line: &[Point]) -> String {
    let mut text = String::new();
    for (k, p) in line.iter().enumerate() {
        text.push_str(&path(&[(if k == 0 { "M" } else { "L" }, &[p.x, p.y])]));
    }
    text
}
