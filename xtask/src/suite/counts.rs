//! Reading how many tests passed from what the test programs print.

use super::Tally;
use crate::shell::Captured;

/// Sums the result lines of Rust's own test programs, natively and in wasm.
pub fn of_cargo(captured: Captured) -> Tally {
    let mut tally = Tally::default();
    for line in captured.text.lines() {
        if let Some((passed, failed)) = result_line(line) {
            tally.passed += passed;
            tally.failed += failed;
        }
    }
    settle(tally, captured)
}

/// Sums the closing lines of Node's test runner in its TAP form.
pub fn of_node(captured: Captured) -> Tally {
    let closing = |name: &str| -> usize {
        captured
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("# ")?.strip_prefix(name))
            .filter_map(|count| count.trim().parse::<usize>().ok())
            .sum()
    };
    let tally = Tally {
        passed: closing("pass "),
        failed: closing("fail ") + closing("cancelled "),
        said: String::new(),
    };
    settle(tally, captured)
}

/// A program that failed without naming a failed test did not compile, or died.
fn settle(mut tally: Tally, captured: Captured) -> Tally {
    if !captured.success && tally.failed == 0 {
        tally.failed = 1;
    }
    if tally.failed > 0 {
        tally.said = captured.text;
    }
    tally
}

/// Reads `test result: ok. 3 passed; 1 failed; …`.
fn result_line(line: &str) -> Option<(usize, usize)> {
    let (_, counts) = line
        .trim()
        .strip_prefix("test result: ")?
        .split_once(". ")?;
    let mut parts = counts.split("; ");
    let passed = parts.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = parts.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some((passed, failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(read: fn(Captured) -> Tally, success: bool, text: &str, expect: (usize, usize)) {
        let text = text.to_owned();
        let tally = read(Captured { success, text });
        assert_eq!((tally.passed, tally.failed), expect);
        assert_eq!(tally.said.is_empty(), expect.1 == 0);
    }

    #[test]
    fn cargo_results_are_summed() {
        let ok = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n";
        let bad = "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured\n";
        check(of_cargo, true, ok, (3, 0));
        check(of_cargo, false, &format!("{ok}{bad}"), (5, 1));
        check(of_cargo, false, "error: could not compile\n", (0, 1));
    }

    #[test]
    fn node_results_are_summed() {
        let text = "TAP version 13\n# tests 4\n# pass 3\n# fail 0\n# cancelled 1\n";
        check(of_node, false, text, (3, 1));
        check(of_node, true, "# pass 2\n# fail 0\n", (2, 0));
        check(of_node, false, "SyntaxError\n", (0, 1));
    }
}
