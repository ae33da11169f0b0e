//! Timeline, space-time diagram, pictures and exports of whole runs.

use std::collections::BTreeMap;
use synod_protocols::{Catalogue, NodeId};
use synod_scene::export::{Format, export};
use synod_scene::spacetime::NAMES;
use synod_scene::svg::Theme;
use synod_scene::{Diagram, Form, Ink, Point, Shape, Span, Timeline, reigns};
use synod_sim::history::{Filter, History, Marks};
use synod_sim::{Action, Endpoint, Scenario, Who, parse_scenario};

const LAB: &str = include_str!("../../../tests/scenarios/lab.toml");
const FAILOVER: &str = include_str!("../../../tests/scenarios/raft/failover.toml");

fn scenario(text: &str) -> Scenario {
    parse_scenario(text, "time.toml").expect("a good scenario")
}

fn played(text: &str, until_us: u64) -> History<()> {
    let mut history = History::open(&scenario(text), |_| ()).expect("a run");
    history.run_until(until_us, 1_000_000, &mut ());
    history
}

fn diagram<'a>(history: &'a History<()>, span: Span, chosen: Option<u64>) -> Diagram<'a> {
    Diagram {
        run: history.run().as_view(),
        index: history.index(),
        span,
        height: 300.0,
        position: history.position(),
        now_us: history.run().now(),
        chosen,
    }
}

/// Every point of every shape lies within the room.
fn check_inside(shapes: &[Shape], width: f64, height: f64) {
    let inside =
        |p: &Point| (-60.0..=width + 60.0).contains(&p.x) && (-12.0..=height).contains(&p.y);
    for shape in shapes {
        let fits = match &shape.form {
            Form::Path { points, .. } => points.iter().all(|p| p.y.is_finite() && p.x.is_finite()),
            Form::Circle { at, .. } | Form::Text { at, .. } => inside(at),
        };
        assert!(fits, "{shape:?}");
    }
}

#[test]
fn leaders_reign_one_after_another() {
    let history = played(FAILOVER, 8_000_000);
    let reigns = reigns(history.index(), 8_000_000);
    assert!(reigns.len() >= 2, "{reigns:?}");
    for pair in reigns.windows(2) {
        assert!(pair[0].epoch < pair[1].epoch, "{reigns:?}");
        assert!(pair[0].to_us <= pair[1].from_us, "{reigns:?}");
    }
    assert!(reigns.iter().all(|reign| reign.from_us < reign.to_us));
}

#[test]
fn a_timeline_marks_elections_and_faults() {
    let history = played(FAILOVER, 8_000_000);
    let timeline = Timeline {
        index: history.index(),
        span: Span::new(0, 8_000_000, 10.0, 990.0),
        height: 52.0,
        now_us: 4_000_000,
        forks: &[1_000_000],
        whole_us: None,
    };
    let shapes = timeline.shapes();
    check_inside(&shapes, 1_000.0, 52.0);
    let zoomed = Timeline {
        span: Span::new(2_000_000, 3_000_000, 10.0, 990.0),
        whole_us: Some(8_000_000),
        ..timeline
    };
    let window = zoomed.shapes().into_iter().rev().nth(1).expect("a window");
    let Form::Path { points, .. } = &window.form else {
        panic!("{window:?}");
    };
    assert!((points[0].x - 255.0).abs() < 1.0 && (points[1].x - 377.5).abs() < 1.0);
    let filled = |ink: Ink| {
        shapes
            .iter()
            .filter(|shape| shape.fill == Some(ink))
            .count()
    };
    let count = |marks: Marks| history.index().marked(1..u64::MAX, marks).count();
    assert_eq!(filled(Ink::Accent), count(Marks::ELECTION));
    assert_eq!(filled(Ink::Bad), count(Marks::FAULT));
    assert!(count(Marks::ELECTION) >= 2 && count(Marks::FAULT) >= 1);
}

#[test]
fn an_event_is_found_where_it_is_drawn() {
    let history = played(FAILOVER, 3_000_000);
    let span = Span::new(1_000_000, 1_200_000, NAMES, 1_000.0);
    let scene = diagram(&history, span, None);
    let drawing = scene.draw();
    check_inside(&drawing.shapes, 1_000.0, 300.0);
    assert!(!drawing.thinned && drawing.places.len() > 20);
    for (at, event) in &drawing.places {
        let row = history.index().get(*event).expect("a row");
        assert!((span.x(row.time_us) - at.x).abs() < 0.001);
        let near = drawing.hit(*at).expect("something is there");
        let found = history.index().get(near).expect("a row");
        // Two events of one server may fall on one pixel.
        assert!((span.x(found.time_us) - at.x).abs() < 1.0, "{event} {near}");
    }
    assert_eq!(drawing.hit(Point::new(2.0, 2.0)), None);
    for (k, node) in (0..5).map(NodeId::at).enumerate() {
        let y = scene.lane_y(Endpoint::Server(node));
        assert!(y > k as f64 * 40.0 && y < 300.0);
    }
}

/// Happened-before by vector clocks, computed from the events alone (Fidge 1988), agrees with the
/// cones of the index.
#[test]
fn cones_agree_with_vector_clocks() {
    let mut history = History::open(&scenario(FAILOVER), |_| ()).expect("a run");
    type Clock = BTreeMap<Endpoint, u64>;
    let mut clocks: BTreeMap<Endpoint, Clock> = BTreeMap::new();
    let mut sent: BTreeMap<u64, Clock> = BTreeMap::new();
    // By event: its process, its clock.
    let mut known: Vec<Option<(Endpoint, Clock)>> = Vec::new();
    while history.position() < 700 && history.step() == synod_sim::Step::Event {
        let event = history.run().event();
        known.push(event.process().map(|process| {
            let clock = clocks.entry(process).or_default();
            if let Some(info) = event.kind.message()
                && let Some(then) = sent.get(&info.id)
            {
                for (other, count) in then {
                    let own = clock.entry(*other).or_default();
                    *own = (*own).max(*count);
                }
            }
            *clock.entry(process).or_default() += 1;
            for info in &event.sent {
                sent.insert(info.id, clock.clone());
            }
            (process, clock.clone())
        }));
    }
    let before = |a: &(Endpoint, Clock), b: &(Endpoint, Clock)| {
        b.1.get(&a.0).copied().unwrap_or(0) >= a.1[&a.0]
    };
    let mut compared = 0;
    for chosen in (5..700).step_by(37) {
        let cone = history.index().cone(chosen as u64, 1..701);
        let Some(own) = &known[chosen - 1] else {
            continue;
        };
        for (other, clock) in known.iter().enumerate() {
            let Some(clock) = clock else { continue };
            let event = other as u64 + 1;
            if event < chosen as u64 {
                assert_eq!(cone.is_past(event), before(clock, own), "{event} {chosen}");
            } else if event > chosen as u64 {
                assert_eq!(
                    cone.is_future(event),
                    before(own, clock),
                    "{chosen} {event}"
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 5_000);
}

#[test]
fn what_is_concurrent_stays_dim() {
    let history = played(LAB, 1_000_000);
    let election = Filter::marked(Marks::ELECTION);
    let elected = history
        .index()
        .before(u64::MAX, &election)
        .expect("an election")
        .event;
    let span = Span::new(0, 1_000_000, NAMES, 1_000.0);
    let dim = |chosen| {
        let shapes = diagram(&history, span, chosen).draw().shapes;
        shapes.iter().filter(|shape| shape.alpha < 0.3).count()
    };
    assert_eq!(dim(None), 0);
    assert!(dim(Some(elected)) > 5);
}

/// A crowd of events is thinned, and what is beyond the window is not drawn.
#[test]
fn only_what_is_visible_is_drawn() {
    let mut busy = scenario(LAB);
    busy.clients.sessions = 8;
    busy.clients.load = synod_sim::Load::Think { pause_us: 0 };
    let mut history = History::open(&busy, |_| ()).expect("a run");
    history.run_until(u64::MAX, 30_000, &mut ());
    let end = history.end_us();
    let all = diagram(&history, Span::new(0, end, NAMES, 1_400.0), None).draw();
    assert!(all.thinned);
    let some = Span::new(end / 2, end / 2 + 20_000, NAMES, 1_400.0);
    let part = diagram(&history, some, None).draw();
    assert!(!part.thinned && part.shapes.len() * 5 < all.shapes.len());
}

#[test]
fn pictures_are_sound_and_name_every_server() {
    let mut history = played(FAILOVER, 2_500_000);
    let node = Who::Node(NodeId(2));
    let _ = history.act(Action::Isolate { node });
    let words = Catalogue::new(&[synod_sim::ENGLISH, history.run().about().english]);
    let shapes = synod_scene::picture::picture(history.run().as_view(), 960.0, 640.0, &words);
    check_inside(&shapes, 960.0, 640.0);
    let scenario = history.run().scenario().clone();
    let position = history.position();
    for (format, name) in Format::ALL {
        let made = export(&scenario, position, format, Theme::Dark).expect(name);
        if let Format::Picture | Format::SpaceTime = format {
            let document = roxmltree::Document::parse(&made).expect("XML");
            let texts: Vec<&str> = document
                .descendants()
                .filter(|node| node.has_tag_name("text"))
                .filter_map(|node| node.text())
                .collect();
            for server in ["S1", "S2", "S3", "S4", "S5"] {
                assert!(texts.contains(&server), "{name}: {texts:?}");
            }
            assert!(!made.contains("<script") && !made.contains("href"));
            assert!(
                document
                    .descendants()
                    .any(|node| node.has_tag_name("title"))
            );
        }
    }
    assert!(export(&scenario, u64::MAX, Format::ShiViz, Theme::Light).is_err());
}

/// ShiViz's own demands on a log (its parser's default pattern, and its checks of clocks): each
/// host's component rises by one from 1, and names no event that has not happened yet.
#[test]
fn shiviz_reads_the_log() {
    let history = played(FAILOVER, 4_000_000);
    let scenario = history.run().scenario().clone();
    let log = export(&scenario, history.position(), Format::ShiViz, Theme::Light).expect("a log");
    let pattern = regex::Regex::new(r"(?P<event>.*)\n(?P<host>\S*) (?P<clock>\{.*\})").expect("it");
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut events = 0;
    for found in pattern.captures_iter(&log) {
        let clock: BTreeMap<String, u64> =
            serde_json::from_str(&found["clock"]).expect("a clock in JSON");
        let host = found["host"].to_string();
        let count = counts.entry(host.clone()).or_default();
        *count += 1;
        assert_eq!(clock[&host], *count, "{}", &found["event"]);
        for (other, known) in &clock {
            assert!(
                known <= counts.get(other).unwrap_or(&0),
                "{}",
                &found["event"]
            );
        }
        assert!(!found["event"].is_empty());
        events += 1;
    }
    assert_eq!(
        events * 2,
        log.lines().count(),
        "every line belongs to an event"
    );
    assert_eq!(counts.len(), 6, "five servers and the clients");
}
