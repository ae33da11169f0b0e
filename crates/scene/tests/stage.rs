//! What a reader sees on the stage of a real run.

use synod_protocols::{NodeId, NodeSet, RingStyle, registry};
use synod_scene::{
    Badge, Layout, Motion, Pace, Room, Share, link_figures, node_figure, sides, tiles, timer_arc,
};
use synod_sim::{Action, Endpoint, Flight, Pair, Run, Scenario, Status, Who};

fn run(nodes: usize) -> Box<dyn Run> {
    let scenario = Scenario::new(registry::ALL[0].name, nodes);
    synod_sim::open(&scenario).expect("the first protocol runs")
}

fn play(run: &mut dyn Run, until_us: u64) {
    run.run_until(until_us, 1_000_000, &mut ());
}

fn act(run: &mut dyn Run, action: Action) {
    run.act(action).expect("it can be done");
}

fn server(k: u8) -> Endpoint {
    Endpoint::Server(NodeId(k))
}

#[test]
fn one_leader_has_a_double_ring_and_the_others_timers_that_suspect() {
    let mut run = run(5);
    play(&mut *run, 2_000_000);
    let view = run.as_view();
    let leader = view.leader().expect("somebody leads after two seconds");
    for node in NodeSet::first(5).iter() {
        let figure = node_figure(view, node);
        let arc = timer_arc(view, node).expect("every live server waits for something");
        assert_eq!(figure.ring == RingStyle::Double, node == leader, "{node}");
        assert_eq!(arc.suspects, node != leader, "{node}");
        assert!(arc.left > 0.0 && arc.left <= 1.0, "{node}: {arc:?}");
        assert_eq!(
            (figure.status, figure.badges.as_slice()),
            (Status::Up, &[][..])
        );
        assert!(figure.epoch > 0 && figure.log.squares.iter().all(|square| square.durable));
    }
}

#[test]
fn faults_wear_badges() {
    let mut run = run(5);
    play(&mut *run, 1_000_000);
    act(
        &mut *run,
        Action::Crash {
            node: Who::Node(NodeId(0)),
        },
    );
    act(
        &mut *run,
        Action::Pause {
            node: Who::Node(NodeId(1)),
        },
    );
    act(
        &mut *run,
        Action::Isolate {
            node: Who::Node(NodeId(2)),
        },
    );
    let check = |node: u8, expect: &[Badge]| {
        let badges = node_figure(run.as_view(), NodeId(node)).badges;
        let same = badges.len() == expect.len()
            && badges
                .iter()
                .zip(expect)
                .all(|(badge, expect)| match (badge, expect) {
                    (Badge::Paused(_), Badge::Paused(_)) => true,
                    _ => badge == expect,
                });
        assert!(same, "S{}: {badges:?}", node + 1);
    };
    check(0, &[Badge::Crashed]);
    check(1, &[Badge::Paused(0)]);
    check(2, &[Badge::CutOff]);
    check(3, &[]);
    assert_eq!(node_figure(run.as_view(), NodeId(0)).role, None);
    assert_eq!(timer_arc(run.as_view(), NodeId(0)), None);
    // A crashed server is on nobody's side; the one cut off is alone.
    let alone = NodeSet::only(NodeId(2));
    assert_eq!(sides(run.as_view()).len(), 2);
    assert!(sides(run.as_view()).contains(&alone));
}

#[test]
fn a_link_cut_one_way_still_joins_its_ends() {
    let mut run = run(3);
    play(&mut *run, 1_000);
    let one_way = |from, to| Pair {
        from: server(from),
        to: server(to),
        both: false,
    };
    act(
        &mut *run,
        Action::Cut {
            links: vec![one_way(1, 0), one_way(0, 2)],
        },
    );
    let mut figures = Vec::new();
    link_figures(run.as_view(), &mut figures);
    let cut: Vec<Share> = figures.iter().map(|figure| figure.cut).collect();
    assert_eq!(cut, [Share::Back, Share::Forth, Share::Neither]);
    assert_eq!(sides(run.as_view()), [NodeSet::first(3)]);
    act(&mut *run, Action::Heal { links: Vec::new() });
    link_figures(run.as_view(), &mut figures);
    assert!(figures.iter().all(|figure| figure.is_sound()));
}

#[test]
fn a_candidate_counts_its_votes_until_they_are_enough() {
    let mut run = run(5);
    let mut counted = Vec::new();
    while run.as_view().leader().is_none() {
        run.step();
        for node in NodeSet::first(5).iter() {
            if let Some(gathering) = node_figure(run.as_view(), node).gathering {
                assert_eq!(gathering.needed, 3);
                counted.push(gathering.have.len());
            }
        }
    }
    counted.dedup();
    assert!(
        counted.contains(&2) && counted.iter().all(|have| *have < 3),
        "{counted:?}"
    );
}

#[test]
fn a_held_network_keeps_its_messages_at_the_doors() {
    let mut run = run(5);
    while run.as_view().leader().is_none() {
        run.step();
    }
    act(&mut *run, Action::Hold);
    let room = Room {
        width: 700.0,
        height: 600.0,
        top: 0.0,
        bottom: 0.0,
    };
    let layout = Layout::new(room, 5);
    let (mut flights, mut out) = (Vec::<Flight>::new(), Vec::new());
    let view = run.as_view();
    view.flights(&mut flights);
    tiles(
        view.about(),
        &layout,
        view.now(),
        true,
        Pace::Glide,
        &flights,
        &mut out,
    );
    assert!(!out.is_empty());
    for tile in &out {
        assert_eq!(tile.motion, Motion::Waiting);
        let door = tile.at.distance(layout.at(tile.to));
        assert!(door > layout.node_r && door < layout.node_r * 3.0, "{door}");
    }
}
