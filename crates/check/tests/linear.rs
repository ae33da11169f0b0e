//! The checker of linearizability beside todc-utils' WGL checker, which nobody here wrote, on
//! random histories, good and mutated; and the histories of runs.

mod common;

use common::{scenario, share};
use smol_str::SmolStr;
use synod_check::linear::{Operation, Recorder, Verdict, check};
use synod_check::sweep::Sweep;
use synod_protocols::{ClientId, Command, Op, Outcome, Store, registry};
use synod_sim::random::{Purpose, Stream};
use synod_sim::{Observer, open};
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

/// The key-value store of one key, by the store that the replicas apply commands to.
struct OneKey;

impl Specification for OneKey {
    type State = Option<SmolStr>;
    type Operation = (Op, Option<Outcome>);

    fn init() -> Self::State {
        None
    }

    fn apply((op, told): &Self::Operation, state: &Self::State) -> (bool, Self::State) {
        let mut store = Store::default();
        if let Some(value) = state {
            let put = Op::parse(&format!("put x {value}")).expect("a command");
            store.apply(&Command::new(ClientId(0), 1, put), false);
        }
        let outcome = store
            .apply(&Command::new(ClientId(0), 2, op.clone()), false)
            .0;
        (told.as_ref() == Some(&outcome), store.get("x").cloned())
    }
}

/// An invocation, or a return with its outcome.
type Moment = Action<(Op, Option<Outcome>)>;

/// The same history for the other checker.
fn theirs(history: &[Operation]) -> bool {
    let mut moments: Vec<(u64, usize, Moment)> = Vec::new();
    for (k, operation) in history.iter().enumerate() {
        let (end, outcome) = operation.returned.clone().expect("an answer");
        let call = (operation.op.clone(), None);
        moments.push((operation.invoked, k, Action::Call(call)));
        let told = (operation.op.clone(), Some(outcome));
        moments.push((end, k, Action::Response(told)));
    }
    moments.sort_by_key(|(at, _, _)| *at);
    let actions = moments.into_iter().map(|(_, k, action)| (k, action));
    WGLChecker::<OneKey>::is_linearizable(History::from_actions(actions.collect()))
}

/// A random history of one key that is linearizable: each operation takes effect somewhere between
/// its invocation and its return.
fn history(draw: &mut Stream, count: usize) -> Vec<Operation> {
    let mut store = Store::default();
    let mut effects: Vec<u64> = (0..count).map(|_| draw.below(1_000)).collect();
    effects.sort_unstable();
    let texts = [
        "get x",
        "get x",
        "put x 1",
        "put x 2",
        "append x 3",
        "cas x 1 2",
    ];
    let operation = |(k, effect): (usize, u64)| {
        let text = texts[draw.below(texts.len() as u64) as usize];
        let op = Op::parse(text).expect("a command");
        let command = Command::new(ClientId(k as u16), 1, op.clone());
        let outcome = store.apply(&command, true).0;
        let (early, late) = (draw.below(120), 1 + draw.below(120));
        // Moments differ, so that their order is one.
        let unique = |at: u64, turn: u64| (at + 1_000) * 1_000 + 2 * k as u64 + turn;
        Operation {
            client: ClientId(k as u16),
            seq: 1,
            op,
            invoked: unique(effect.saturating_sub(early), 0),
            returned: Some((unique(effect + late, 1), outcome)),
        }
    };
    effects.iter().copied().enumerate().map(operation).collect()
}

/// Another outcome for a read.
fn mutate(draw: &mut Stream, history: &mut [Operation]) {
    let at = draw.below(history.len() as u64) as usize;
    if let Some((_, Outcome::Value { value })) = &mut history[at].returned {
        *value = [None, Some("1".into()), Some("2".into())][draw.below(3) as usize].clone();
    }
}

#[test]
fn both_checkers_agree_on_good_and_mutated_histories() {
    let mut draw = Stream::new(11, Purpose::Sweep, 3);
    let (mut good, mut bad) = (0, 0);
    for round in 0..share(4_000, 100_000) {
        let count = 3 + draw.below(12) as usize;
        let mut history = history(&mut draw, count);
        for _ in 0..round % 3 {
            mutate(&mut draw, &mut history);
        }
        let ours = match check(&history, 1_000_000) {
            Verdict::Linearizable => true,
            Verdict::Violated(evidence) => {
                let prefix: Vec<Operation> = evidence.operations.clone();
                let answered = prefix.into_iter().filter(|of| of.returned.is_some());
                assert!(answered.count() > 0);
                false
            }
            Verdict::GaveUp { .. } => panic!("a short history is searched whole"),
        };
        assert_eq!(ours, theirs(&history), "round {round}: {history:#?}");
        assert!(
            ours || round % 3 > 0,
            "an unmutated history is linearizable"
        );
        good += u64::from(ours);
        bad += u64::from(!ours);
    }
    // A comparison in which all is alike proves nothing.
    assert!(good > 500 && bad > 500, "{good} good, {bad} bad");
}

fn recorded(sweep: &Sweep, seed: u64) -> Recorder {
    let scenario = sweep.scenario(seed);
    let mut run = open(&scenario).expect("good options");
    let mut recorder = Recorder::new(run.as_view());
    let observer: &mut dyn Observer = &mut recorder;
    run.run_until(sweep.until_us, 400_000, observer);
    recorder
}

fn sweep(protocol: &str, set: &str) -> Sweep {
    let text = format!("protocol = \"{protocol}\"\nnodes = 5\n{set}");
    Sweep {
        base: scenario(&text),
        fixed: Vec::new(),
        until_us: registry::about(protocol).expect("one").sweep_us,
    }
}

/// Faults of every kind, retries and redirects: what clients saw has an order.
#[test]
fn what_clients_see_is_linearizable() {
    for protocol in ["raft", "multipaxos"] {
        let sweep = sweep(protocol, "");
        let mut operations = 0;
        for seed in 0..share(150, 10_000) {
            let recorder = recorded(&sweep, seed);
            assert!(!recorder.is_cut_short());
            let verdict = recorder.verdict();
            assert_eq!(verdict, Verdict::Linearizable, "{protocol}, seed {seed}");
            operations += recorder.operations().len();
        }
        assert!(operations > 5_000, "{operations}");
    }
}

/// Without sessions a retried append is there twice, and a read shows it.
#[test]
fn a_lost_rule_shows_in_what_clients_see() {
    let sweep = sweep("raft", "raft.client_sessions = false\n");
    let broken = |seed: &u64| matches!(recorded(&sweep, *seed).verdict(), Verdict::Violated(_));
    let seed = (0..200).find(broken).expect("a seed that shows it");
    let Verdict::Violated(evidence) = recorded(&sweep, seed).verdict() else {
        panic!("it is violated");
    };
    assert!(evidence.operations[evidence.misplaced].returned.is_some());
}
