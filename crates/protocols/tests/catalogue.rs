//! Every rule, role, field, timer and option that a protocol names has its sentence, and every
//! sentence names only operands that its rule has.

use synod_protocols::note::OPERANDS;
use synod_protocols::{
    About, Catalogue, Cost, Mark, OptionKind, Options, Protocol, Purpose, TallyDef, registry,
};

/// The names in braces of a template.
fn names(template: &str) -> Vec<&str> {
    template
        .split('{')
        .skip(1)
        .map(|rest| rest.split(['}', '|']).next().unwrap_or(""))
        .collect()
}

#[test]
fn every_rule_has_a_true_sentence_and_a_source() {
    for about in registry::ALL {
        let catalogue = Catalogue::new(&[about.english]);
        for rule in about.rules {
            let id = format!("{}.{}", about.name, rule.id);
            let template = catalogue
                .template(&id)
                .unwrap_or_else(|| panic!("no sentence: {id}"));
            assert!(rule.operands.len() <= OPERANDS, "{id}");
            assert!(rule.cite.contains('§'), "{id} cites no section");
            assert!(
                template.ends_with('.') && template.contains("{node}"),
                "{id}: {template}"
            );
            let known = |name: &str| {
                name == "node" || rule.operands.iter().any(|(operand, _)| *operand == name)
            };
            for name in names(template) {
                assert!(known(name), "{id} has no operand `{name}`");
            }
            for (operand, _) in rule.operands {
                let told = names(template).contains(operand);
                let counts = ["need", "have"].contains(operand);
                assert!(told || counts, "{id} never says its operand `{operand}`");
            }
        }
    }
}

#[test]
fn every_refusal_says_what_would_have_happened_otherwise() {
    for about in registry::ALL {
        let catalogue = Catalogue::new(&[about.english]);
        for rule in about.rules {
            let id = format!("{}.{}.else", about.name, rule.id);
            let Some(template) = catalogue.template(&id) else {
                assert!(rule.mark != Mark::Refusal, "no sentence: {id}");
                continue;
            };
            assert!(template.ends_with('.'), "{id}: {template}");
            for name in names(template) {
                let known = rule.operands.iter().any(|(operand, _)| *operand == name);
                assert!(known || name == "node", "{id} has no operand `{name}`");
            }
        }
    }
}

#[test]
fn every_name_that_the_outside_shows_has_its_words() {
    for about in registry::ALL {
        let catalogue = Catalogue::new(&[about.english]);
        let has = |kind: &str, name: &str| {
            let id = format!("{}.{kind}.{name}", about.name);
            assert!(catalogue.template(&id).is_some(), "no words: {id}");
        };
        has("epoch", about.epoch);
        for timer in about.timers {
            has("timer", timer.name);
        }
        for tally in about.tallies {
            has("tally", tally.name);
            has("closed", tally.name);
            if tally.purpose == Purpose::Decide && !tally.up_to {
                has("closed", &format!("{}.open", tally.name));
            }
            for later in about.tallies {
                for outcome in outcomes(tally, later) {
                    has("lens", &format!("{}.{}{outcome}", tally.name, later.name));
                }
            }
        }
        for option in about.options {
            has("option", option.name);
            if option.kind == OptionKind::Quorum {
                has("option", &format!("{}.short", option.name));
            }
            let _ = option.default_value();
            for value in option.draw {
                option
                    .parse(value)
                    .unwrap_or_else(|why| panic!("{}: {why}", option.name));
            }
        }
        let mut names: Vec<&str> = about.kinds.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), about.kinds.len(), "two kinds share a name");
    }
}

/// What can come of a quorum in a later one, as the quorum lens tells them apart.
fn outcomes(first: &TallyDef, later: &TallyDef) -> &'static [&'static str] {
    match (first.purpose, later.purpose) {
        (Purpose::Elect, Purpose::Elect) => &["", ".twice"],
        (Purpose::Elect, Purpose::Decide) => &[""],
        (Purpose::Decide, Purpose::Decide) => &["", ".kept", ".changed"],
        (Purpose::Decide, Purpose::Elect) if first.up_to => &[".kept", ".changed"],
        (Purpose::Decide, Purpose::Elect) => &[".kept", ".changed", ".open"],
    }
}

#[test]
fn every_phase_that_costs_messages_is_named() {
    struct Names;
    impl registry::Visitor for Names {
        type Output = (&'static About, Vec<Cost>);

        fn visit<P: Protocol>(self) -> Self::Output {
            let config = P::configure(&Options::default(), 5).expect("good defaults");
            (P::ABOUT, P::costs(&config))
        }
    }
    for about in registry::ALL {
        let (about, costs) = registry::visit(about.name, Names).expect("it is registered");
        let catalogue = Catalogue::new(&[about.english]);
        assert!(!costs.is_empty(), "{}", about.name);
        for cost in costs {
            let id = format!("{}.cost.{}", about.name, cost.name);
            assert!(catalogue.template(&id).is_some(), "no words: {id}");
            let known = |kind: &u8| usize::from(*kind) < about.kinds.len();
            assert!(cost.kinds.iter().all(known), "{id}");
        }
    }
}

#[test]
fn no_sentence_is_left_over() {
    for about in registry::ALL {
        let catalogue = Catalogue::new(&[about.english]);
        let kinds = [
            "act", "role", "field", "timer", "tally", "tallies", "option", "epoch", "closed",
            "lens", "cost",
        ];
        for id in catalogue.ids() {
            let rest = id
                .strip_prefix(about.name)
                .and_then(|rest| rest.strip_prefix('.'));
            let rest = rest.unwrap_or_else(|| panic!("{id} is not below {}", about.name));
            let named = kinds
                .iter()
                .any(|kind| rest.split('.').next() == Some(kind));
            let rest = rest.strip_suffix(".else").unwrap_or(rest);
            let rule = about.rules.iter().any(|rule| rule.id == rest);
            assert!(named || rule, "{id} belongs to no rule");
        }
    }
}
