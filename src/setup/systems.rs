//! The quorum systems that can be built, and what fits how many servers.
//!
//! Nothing here knows that a browser exists.

use synod_protocols::quorum::QuorumSpec;

/// Every kind of system, by its id in the catalogue below `setup.system.`.
pub const SYSTEMS: [&str; 6] = ["majority", "size", "weights", "grid", "row", "column"];

/// The heaviest weight that a slider offers.
pub const HEAVIEST: u32 = 9;

/// The system that a text says. Also weights that are all 0, which are no system yet: whoever
/// moves their sliders may pass there.
pub fn written(text: &str) -> Option<QuorumSpec> {
    let weights = || {
        let numbers = text.strip_prefix("weights ")?.split_whitespace();
        let weights: Option<Vec<u32>> = numbers.map(|number| number.parse().ok()).collect();
        weights.map(QuorumSpec::Weights)
    };
    QuorumSpec::parse(text).ok().or_else(weights)
}

/// The kind of a system.
pub fn kind(spec: &QuorumSpec) -> &'static str {
    SYSTEMS[match spec {
        QuorumSpec::Majority => 0,
        QuorumSpec::Count(_) => 1,
        QuorumSpec::Weights(_) => 2,
        QuorumSpec::Grid(..) => 3,
        QuorumSpec::Row(..) => 4,
        QuorumSpec::Column(..) => 5,
    }]
}

/// The system of a kind with which one begins, for so many servers.
pub fn first(kind: &str, members: usize) -> QuorumSpec {
    let (rows, columns) = squarest(members);
    match kind {
        "size" => QuorumSpec::Count(members / 2 + 1),
        "weights" => QuorumSpec::Weights(vec![1; members]),
        "grid" => QuorumSpec::Grid(rows, columns),
        "row" => QuorumSpec::Row(rows, columns),
        "column" => QuorumSpec::Column(rows, columns),
        _ => QuorumSpec::Majority,
    }
}

/// The same kind of system with so many rows, if it has rows.
pub fn with_rows(spec: &QuorumSpec, members: usize, rows: usize) -> QuorumSpec {
    let columns = members / rows.max(1);
    match spec {
        QuorumSpec::Grid(..) => QuorumSpec::Grid(rows, columns),
        QuorumSpec::Row(..) => QuorumSpec::Row(rows, columns),
        QuorumSpec::Column(..) => QuorumSpec::Column(rows, columns),
        other => other.clone(),
    }
}

/// Rows and columns, if the system has them.
pub fn shape(spec: &QuorumSpec) -> Option<(usize, usize)> {
    match spec {
        QuorumSpec::Grid(rows, columns)
        | QuorumSpec::Row(rows, columns)
        | QuorumSpec::Column(rows, columns) => Some((*rows, *columns)),
        _ => None,
    }
}

/// The grids that have a place for each of so many servers, and none to spare: rows and columns.
pub fn shapes(members: usize) -> Vec<(usize, usize)> {
    (1..=members)
        .filter(|rows| members.is_multiple_of(*rows))
        .map(|rows| (rows, members / rows))
        .collect()
}

/// The grid whose rows and columns differ least; no more rows than columns.
fn squarest(members: usize) -> (usize, usize) {
    let flat = |(rows, columns): &(usize, usize)| rows <= columns;
    let widest = (1, members);
    shapes(members).into_iter().rfind(flat).unwrap_or(widest)
}

/// The nearest system of its kind that fits so many servers.
pub fn fitted(spec: &QuorumSpec, members: usize) -> QuorumSpec {
    match spec {
        QuorumSpec::Count(size) => QuorumSpec::Count((*size).min(members)),
        QuorumSpec::Weights(weights) => {
            let mut weights = weights.clone();
            weights.resize(members, 1);
            QuorumSpec::Weights(weights)
        }
        other => match shape(other) {
            Some((rows, columns)) if rows * columns != members => first(kind(other), members),
            _ => other.clone(),
        },
    }
}

/// The same system with another weight of one member.
pub fn with_weight(spec: &QuorumSpec, member: usize, weight: u32) -> QuorumSpec {
    let mut spec = spec.clone();
    if let QuorumSpec::Weights(weights) = &mut spec
        && let Some(place) = weights.get_mut(member)
    {
        *place = weight;
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use synod_protocols::NodeSet;

    #[test]
    fn grids_have_a_place_for_each_server() {
        assert_eq!(shapes(6), [(1, 6), (2, 3), (3, 2), (6, 1)]);
        assert_eq!(shapes(7), [(1, 7), (7, 1)]);
        assert_eq!(shapes(9), [(1, 9), (3, 3), (9, 1)]);
        assert_eq!(squarest(6), (2, 3));
        assert_eq!(squarest(5), (1, 5));
        assert_eq!(squarest(9), (3, 3));
    }

    #[test]
    fn whatever_one_begins_with_fits_and_reads_back() {
        for members in 1..=12 {
            for kind_of in SYSTEMS {
                let spec = first(kind_of, members);
                assert_eq!(kind(&spec), kind_of);
                assert_eq!(QuorumSpec::parse(&spec.to_string()), Ok(spec.clone()));
                assert!(spec.over(NodeSet::first(members)).is_ok(), "{spec}");
            }
        }
    }

    #[test]
    fn weights_may_be_0_on_the_way() {
        let none = QuorumSpec::Weights(vec![0, 0, 0]);
        assert_eq!(written("weights 0 0 0"), Some(none));
        assert_eq!(written("row 2x3"), Some(QuorumSpec::Row(2, 3)));
        assert_eq!(written("weights 0 x"), None);
        assert_eq!(written("most"), None);
    }

    #[test]
    fn a_system_is_fitted_to_other_servers() {
        let check = |text: &str, members: usize, expect: &str| {
            let spec = QuorumSpec::parse(text).expect("a system");
            assert_eq!(fitted(&spec, members).to_string(), expect, "{text}");
        };
        check("majority", 4, "majority");
        check("5", 3, "3");
        check("2", 9, "2");
        check("weights 3 1 1", 5, "weights 3 1 1 1 1");
        check("weights 3 2 1", 2, "weights 3 2");
        check("row 2x3", 9, "row 3x3");
        check("grid 3x2", 6, "grid 3x2");
        check("column 2x3", 7, "column 1x7");
    }

    #[test]
    fn rows_and_weights_change_alone() {
        let grid = QuorumSpec::Grid(2, 3);
        assert_eq!(with_rows(&grid, 6, 3), QuorumSpec::Grid(3, 2));
        assert_eq!(with_rows(&QuorumSpec::Majority, 6, 3), QuorumSpec::Majority);
        let weights = QuorumSpec::Weights(vec![1, 1, 1]);
        assert_eq!(
            with_weight(&weights, 1, 4),
            QuorumSpec::Weights(vec![1, 4, 1])
        );
        assert_eq!(with_weight(&weights, 9, 4), weights);
    }
}
