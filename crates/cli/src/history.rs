//! `synod check-history`: whether what clients asked and were told has an order.
//! docs/history-format.md describes the file.

use crate::BadInput;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use synod_check::linear::{MOST_VISITED, Operation, Verdict, check};
use synod_protocols::{ClientId, Op, Outcome};

/// The largest file, in bytes.
const LARGEST: u64 = 64 << 20;

#[derive(clap::Args)]
pub struct Args {
    /// The history's file.
    file: PathBuf,
    /// Look at no more configurations of a key than this.
    #[arg(long, default_value_t = MOST_VISITED)]
    most_visited: usize,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// Checks. True if the history is linearizable.
///
/// # Errors
/// If the file is no history, or the search had to give up.
pub fn check_history(args: &Args) -> Result<bool, BadInput> {
    let name = args.file.display();
    let wrong = |why: std::io::Error| BadInput(format!("{name}: {why}"));
    if std::fs::metadata(&args.file).map_err(wrong)?.len() > LARGEST {
        return Err(BadInput(format!("{name}: a history has at most 64 MiB")));
    }
    let text = std::fs::read_to_string(&args.file).map_err(wrong)?;
    let operations = read(&text).map_err(|why| BadInput(format!("{name}:{why}")))?;
    let verdict = check(&operations, args.most_visited);
    if args.json {
        println!("{:#}", summary(operations.len(), &verdict));
    } else {
        tell(operations.len(), &verdict);
    }
    match verdict {
        Verdict::Linearizable => Ok(true),
        Verdict::Violated(_) => Ok(false),
        Verdict::GaveUp { key } => Err(BadInput(format!(
            "the search for an order of the operations on {key} was given up; raise --most-visited"
        ))),
    }
}

fn summary(count: usize, verdict: &Verdict) -> Json {
    match verdict {
        Verdict::Linearizable => json!({ "operations": count, "linearizable": true }),
        Verdict::GaveUp { key } => {
            json!({ "operations": count, "linearizable": null, "gave_up_at": key.as_str() })
        }
        Verdict::Violated(evidence) => json!({
            "operations": count,
            "linearizable": false,
            "key": evidence.key.as_str(),
            "misplaced": evidence.misplaced,
            "evidence": evidence.operations.iter().map(row).collect::<Vec<_>>(),
        }),
    }
}

fn tell(count: usize, verdict: &Verdict) {
    match verdict {
        Verdict::Linearizable => println!("{count} operations: linearizable."),
        Verdict::GaveUp { .. } => {}
        Verdict::Violated(evidence) => {
            println!(
                "{count} operations: not linearizable. No order of these on {} explains the one \
                 that is marked:",
                evidence.key
            );
            for (k, operation) in evidence.operations.iter().enumerate() {
                let mark = if k == evidence.misplaced { ">" } else { " " };
                let told = match &operation.returned {
                    None => "no answer".to_string(),
                    Some((at, outcome)) => format!("{} at {at}", answer(outcome)),
                };
                println!(
                    "{mark} {} {} at {}: {told}",
                    operation.client, operation.op, operation.invoked
                );
            }
        }
    }
}

fn answer(outcome: &Outcome) -> String {
    let value = |value: &Option<smol_str::SmolStr>| {
        value
            .as_ref()
            .map_or("nothing".to_string(), ToString::to_string)
    };
    match outcome {
        Outcome::Done => "done".into(),
        Outcome::Value { value: found } => value(found),
        Outcome::Differs { value: found } => format!("{} was there", value(found)),
        Outcome::TooLong => "too long".into(),
    }
}

fn row(operation: &Operation) -> Json {
    json!({
        "process": operation.client.to_string(),
        "op": operation.op.to_string(),
        "invoked": operation.invoked,
        "returned": operation.returned.as_ref().map(|(at, _)| *at),
        "outcome": operation.returned.as_ref().map(|(_, outcome)| answer(outcome)),
    })
}

/// A history as a file: one event a line, in the order of time.
pub fn write(operations: &[Operation]) -> String {
    let mut events: Vec<(u64, Json)> = Vec::new();
    for operation in operations {
        let process = operation.client.0;
        let event = |kind: &str, value: Json| {
            let (f, key) = function(&operation.op);
            json!({ "type": kind, "process": process, "f": f, "key": key, "value": value })
        };
        events.push((operation.invoked, event("invoke", argument(&operation.op))));
        let Some((at, outcome)) = &operation.returned else {
            continue;
        };
        let (kind, value) = match outcome {
            Outcome::Done => ("ok", argument(&operation.op)),
            Outcome::Value { value } => ("ok", json!(value.as_deref())),
            Outcome::Differs { value } => ("fail", json!(value.as_deref())),
            Outcome::TooLong => ("fail", Json::Null),
        };
        events.push((*at, event(kind, value)));
    }
    events.sort_by_key(|(at, _)| *at);
    let mut text = String::new();
    for (_, event) in events {
        text.push_str(&event.to_string());
        text.push('\n');
    }
    text
}

fn function(op: &Op) -> (&'static str, &str) {
    match op {
        Op::Get { key } => ("read", key),
        Op::Put { key, .. } => ("write", key),
        Op::Append { key, .. } => ("append", key),
        Op::Cas { key, .. } => ("cas", key),
    }
}

fn argument(op: &Op) -> Json {
    match op {
        Op::Get { .. } => Json::Null,
        Op::Put { value, .. } | Op::Append { value, .. } => json!(value.as_str()),
        Op::Cas { expect, value, .. } => json!([expect.as_str(), value.as_str()]),
    }
}

/// Reads a history. What is wrong is told with its line and column.
pub fn read(text: &str) -> Result<Vec<Operation>, String> {
    let mut operations: Vec<Operation> = Vec::new();
    let mut open: BTreeMap<u64, usize> = BTreeMap::new();
    for (k, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let at = |why: String| format!("{}:1: {why}", k + 1);
        let event: Json = serde_json::from_str(line)
            .map_err(|why| format!("{}:{}: this is no JSON ({why})", k + 1, why.column()))?;
        let word = |name: &str| {
            let found = event[name].as_str();
            found.ok_or_else(|| at(format!("`{name}` is missing, or no text")))
        };
        let process = event["process"]
            .as_u64()
            .filter(|process| *process <= u64::from(u16::MAX))
            .ok_or_else(|| at("`process` is a whole number up to 65535".into()))?;
        let time = k as u64 + 1;
        match word("type")? {
            "invoke" => {
                if open.contains_key(&process) {
                    return Err(at(format!("process {process} has an operation under way")));
                }
                let client = ClientId(process as u16);
                let seq = operations.len() as u64 + 1;
                let op = op(word("f")?, word("key")?, &event["value"]).map_err(at)?;
                open.insert(process, operations.len());
                operations.push(Operation {
                    client,
                    seq,
                    op,
                    invoked: time,
                    returned: None,
                });
            }
            kind @ ("ok" | "fail" | "info") => {
                let position = open
                    .remove(&process)
                    .ok_or_else(|| at(format!("process {process} has nothing under way")))?;
                let operation = &mut operations[position];
                let outcome = outcome(kind, &operation.op, &event["value"]).map_err(at)?;
                operation.returned = outcome.map(|outcome| (time, outcome));
            }
            other => {
                return Err(at(format!(
                    "`{other}` is no type; there are invoke, ok, fail and info"
                )));
            }
        }
    }
    Ok(operations)
}

fn op(f: &str, key: &str, value: &Json) -> Result<Op, String> {
    let text = |value: &Json| match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) => Ok(number.to_string()),
        _ => Err(format!("`{f}` has a text or a number as its value")),
    };
    let words = match (f, value) {
        ("read", _) => format!("get {key}"),
        ("write", value) => format!("put {key} {}", text(value)?),
        ("append", value) => format!("append {key} {}", text(value)?),
        ("cas", Json::Array(pair)) if pair.len() == 2 => {
            format!("cas {key} {} {}", text(&pair[0])?, text(&pair[1])?)
        }
        ("cas", _) => return Err("`cas` has two values: what is expected, and the new one".into()),
        _ => {
            return Err(format!(
                "`{f}` is no f; there are read, write, append and cas"
            ));
        }
    };
    Op::parse(&words).map_err(|_| "keys and values are single words of at most 256 bytes".into())
}

/// What an answer says; nothing if it is not known whether the operation took effect.
fn outcome(kind: &str, op: &Op, value: &Json) -> Result<Option<Outcome>, String> {
    let value = match value {
        Json::Null => None,
        Json::String(text) => Some(text.as_str().into()),
        Json::Number(number) => Some(number.to_string().into()),
        _ => None,
    };
    Ok(match (kind, op) {
        ("info", _) => None,
        ("ok", Op::Get { .. }) => Some(Outcome::Value { value }),
        ("ok", _) => Some(Outcome::Done),
        ("fail", Op::Cas { .. }) => Some(Outcome::Differs { value }),
        ("fail", Op::Append { .. }) => Some(Outcome::TooLong),
        _ => return Err("only a cas or an append can fail".into()),
    })
}
