//! Two runs side by side: which other one, and what each has spent.

use super::costs::each;
use crate::lab::chooser::{self, Choice, Chooser};
use crate::lab::transport::group;
use crate::model::{Handle, Model, Twin, distinction};
use crate::text::{show_time, t};
use crate::view::part;
use synod_protocols::{About, Traffic};
use synod_sim::Contrast;
use synod_sim::cost::{Meter, critical_path};
use synod_sim::history::Index;
use synod_sim::lens::Chronicle;
use yew::prelude::*;

pub fn view(handle: &Handle, model: &Model) -> Html {
    let contrasts = model.contrasts();
    let chosen = model.twin.as_ref().map(|twin| &twin.contrast);
    let position = contrasts
        .iter()
        .position(|(_, contrast)| Some(contrast) == chosen);
    let mut choices = vec![Choice {
        value: "".into(),
        label: t("compare.none").into(),
        group: "",
    }];
    let named = |(k, (label, _)): (usize, &(String, Contrast))| Choice {
        value: k.to_string().into(),
        label: label.clone().into(),
        group: "",
    };
    choices.extend(contrasts.iter().enumerate().map(named));
    let other = position.is_none() && chosen.is_some();
    if let Some(chosen) = chosen.filter(|_| other) {
        choices.push(Choice {
            value: "other".into(),
            label: distinction(chosen, &Contrast::of(model.run().scenario())).into(),
            group: "",
        });
    }
    let value = match (position, other) {
        (Some(position), _) => position.to_string(),
        (None, true) => "other".to_string(),
        (None, false) => String::new(),
    };
    let on_choose = {
        let handle = handle.clone();
        Callback::from(move |value: String| handle.update(|model| choose(model, &value)))
    };
    let props = chooser::Props {
        id: "compare",
        label: t("compare.with"),
        value: value.into(),
        choices,
        on_choose,
    };
    let here = model.twin_is_here();
    let twin = model.twin.as_ref().filter(|_| here);
    let table = twin.map(|twin| table(model, twin));
    view! {
        <section key="compare" class="compare">
            <h2 class="kick">{ t("compare.title") }</h2>
            { part::<Chooser>("chooser", props) }
            <p key="hint" class="muted foot" hidden={model.twin.is_some()}>{ t("compare.hint") }</p>
            <p key="behind" class="muted" hidden={here || model.twin.is_none()}>
                { t("twin.behind") }
            </p>
            { for table }
        </section>
    }
}

fn choose(model: &mut Model, value: &str) {
    let chosen = value.parse::<usize>().ok();
    let contrast = chosen.and_then(|k| model.contrasts().into_iter().nth(k));
    match contrast {
        Some((_, contrast)) => {
            if let Err(why) = model.compare_with(&contrast) {
                model.say(why);
            }
        }
        None if value.is_empty() => model.compare_no_more(),
        None => {}
    }
}

/// A row's name, and its value for each run.
type Row = (&'static str, [String; 2]);

fn table(model: &Model, twin: &Twin) -> Html {
    let here = Contrast::of(model.run().scenario());
    let names = [
        distinction(&here, &twin.contrast),
        distinction(&twin.contrast, &here),
    ];
    let one = Side::of(
        model.run().about(),
        Meter::read(model.run().as_view(), model.chronicle()),
        model.history().index(),
        model.chronicle(),
    );
    let other = Side::of(
        twin.run().about(),
        twin.spent(),
        twin.history().index(),
        &twin.history().watch().1,
    );
    let rows: Vec<Row> = one
        .rows
        .into_iter()
        .zip(other.rows)
        .map(|((name, here), (_, there))| (name, [here, there]))
        .collect();
    let rows = rows.into_iter().map(|(name, [here, there])| {
        view! {
            <tr key={name}>
                <th scope="row">{ name }</th>
                <td key="here">{ here }</td>
                <td key="there">{ there }</td>
            </tr>
        }
    });
    let [here, there] = names;
    view! {
        <table key="table" class="table num" id="compared">
            <thead>
                <tr>
                    <td key="nothing"></td>
                    <th key="here" scope="col">{ here }</th>
                    <th key="there" scope="col">{ there }</th>
                </tr>
            </thead>
            <tbody>{ for rows }</tbody>
        </table>
    }
}

/// What one run has spent, row by row.
struct Side {
    rows: Vec<(&'static str, String)>,
}

impl Side {
    fn of(about: &About, spent: Meter, index: &Index, chronicle: &Chronicle) -> Side {
        let of = |traffic: Traffic| -> u64 {
            let kinds = about.kinds.iter().zip(&spent.sent);
            kinds
                .filter(|(kind, _)| kind.traffic == traffic)
                .map(|(_, sent)| sent)
                .sum()
        };
        let (normal, election) = (of(Traffic::Normal), of(Traffic::Election));
        let mean = spent.latency_us.checked_div(spent.answered);
        let none = || t("value.none").to_string();
        let path = chronicle
            .answered()
            .map(|answered| critical_path(index, answered));
        let of_path = |count: fn(&synod_sim::cost::CriticalPath) -> usize| {
            path.as_ref()
                .map_or_else(none, |path| count(path).to_string())
        };
        let rows = vec![
            (t("compare.decisions"), group(spent.decisions)),
            (t("compare.elections"), group(spent.elections)),
            (t("compare.normal"), group(normal)),
            (t("compare.normal.each"), each(normal, spent.decisions)),
            (t("compare.election"), group(election)),
            (t("compare.heartbeat"), group(of(Traffic::Heartbeat))),
            (t("cost.syncs"), group(spent.syncs)),
            (t("compare.syncs.each"), each(spent.syncs, spent.decisions)),
            (t("compare.answered"), group(spent.answered)),
            (t("compare.latency"), mean.map_or_else(none, show_time)),
            (t("compare.delays"), of_path(|path| path.message_delays())),
            (t("compare.path_syncs"), of_path(|path| path.disk_syncs())),
        ];
        Side { rows }
    }
}
