//! Faults of processes, clocks and disks as tables: `{ at = "1s", slow = "S1", takes = "40ms" }`.

use super::actions::{ActionReader, Wrong, parse_endpoint};
use super::settings::{Raw, set_disk};
use crate::action::{Action, ClockPatch, DiskPatch, Endpoint};
use crate::limits::DRIFTS;
use crate::scenario::DiskSettings;
use synod_protocols::units::{Chance, parse_chance, parse_duration, parse_span};
use toml::de::DeTable;

/// Whether a verb is read here.
pub(super) fn is_one(verb: &str) -> bool {
    matches!(
        verb,
        "wipe" | "slow" | "deaf" | "mute" | "clock" | "disk" | "oracle"
    )
}

/// Reads one action.
pub(super) struct Reader<'a> {
    actions: &'a ActionReader,
    verb: &'a str,
    table: &'a DeTable<'a>,
}

impl<'a> Reader<'a> {
    pub fn new(actions: &'a ActionReader, verb: &'a str, table: &'a DeTable<'a>) -> Reader<'a> {
        Reader {
            actions,
            verb,
            table,
        }
    }

    pub fn read(&self) -> Result<Action, Wrong> {
        let text = self.text(self.verb, |text| Ok(text.to_string()))?;
        let text = text.unwrap_or_default();
        if self.verb == "oracle" {
            return self.oracle(&text);
        }
        let node = self
            .actions
            .who(&text)
            .map_err(|why| self.wrong(self.verb, why))?;
        Ok(match self.verb {
            "wipe" => Action::Wipe { node },
            "slow" => {
                let takes = self.text("takes", parse_span)?;
                let missing = || "say how long an input takes: `takes = \"40ms\"`".to_string();
                let takes = takes.ok_or_else(|| self.wrong(self.verb, missing()))?;
                Action::Slow { node, takes }
            }
            "deaf" => Action::Deaf {
                node,
                chance: self.chance()?,
                peer: self.peer("from")?,
            },
            "mute" => Action::Mute {
                node,
                chance: self.chance()?,
                peer: self.peer("to")?,
            },
            "clock" => Action::Clock {
                node,
                patch: self.clock()?,
            },
            _ => Action::Disk {
                node,
                patch: self.disk()?,
            },
        })
    }

    fn oracle(&self, text: &str) -> Result<Action, Wrong> {
        let delay_us = match text {
            "off" => None,
            _ => {
                let us = parse_duration(text).map_err(|why| {
                    let why = format!("expected `off` or the oracle's delay; {why}");
                    self.wrong(self.verb, why)
                })?;
                Some(us)
            }
        };
        Ok(Action::Oracle { delay_us })
    }

    /// What it loses: everything, if nothing is said.
    fn chance(&self) -> Result<Chance, Wrong> {
        let chance = self.text("chance", parse_chance)?;
        Ok(chance.unwrap_or(Chance::ALWAYS))
    }

    fn peer(&self, key: &str) -> Result<Option<Endpoint>, Wrong> {
        self.text(key, |text| parse_endpoint(text, self.actions.nodes))
    }

    fn clock(&self) -> Result<ClockPatch, Wrong> {
        let jump = self.raw("jump").map(|raw| raw.signed_duration());
        let (least, most) = (i64::from(*DRIFTS.start()), i64::from(*DRIFTS.end()));
        let drift = self.raw("drift_ppm").map(|raw| raw.integer(least, most));
        if jump.is_none() && drift.is_none() {
            let why = "say what the clock does: `jump = \"-1h\"` or `drift_ppm = 200`";
            return Err(self.wrong(self.verb, why.into()));
        }
        let at = |key: &'static str| move |why: String| self.wrong(key, format!("`{key}`: {why}"));
        Ok(ClockPatch {
            jump_us: jump.transpose().map_err(at("jump"))?.unwrap_or(0),
            drift_ppm: drift
                .transpose()
                .map_err(at("drift_ppm"))?
                .map(|ppm| ppm as i32),
        })
    }

    /// The settings that are named, read as those of `[disk]` are.
    fn disk(&self) -> Result<DiskPatch, Wrong> {
        let mut settings = DiskSettings::default();
        let mut given = |key: &str| -> Result<bool, Wrong> {
            let Some(raw) = self.raw(key) else {
                return Ok(false);
            };
            set_disk(&mut settings, key, &raw)
                .map_err(|wrong| self.wrong(key, wrong.into_message()))?;
            Ok(true)
        };
        let named = [
            given("policy")?,
            given("fsync_before_reply")?,
            given("fsync")?,
            given("window")?,
            given("flush")?,
        ];
        if named == [false; 5] {
            let why = "say what changes: `policy`, `fsync_before_reply`, `fsync`, `window` or \
                       `flush`";
            return Err(self.wrong(self.verb, why.into()));
        }
        let [policy, before_reply, fsync, window, flush] = named;
        Ok(DiskPatch {
            policy: policy.then_some(settings.policy),
            fsync_before_reply: before_reply.then_some(settings.fsync_before_reply),
            fsync: fsync.then_some(settings.fsync),
            window_us: window.then_some(settings.window_us),
            flush_us: flush.then_some(settings.flush_us),
        })
    }

    fn raw(&self, key: &str) -> Option<Raw> {
        self.table.get(key).map(|value| Raw::of(value.get_ref()))
    }

    /// The text of a key, read by a parser of such texts.
    fn text<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Wrong> {
        let Some(raw) = self.raw(key) else {
            return Ok(None);
        };
        let read = raw.text().and_then(parse);
        read.map(Some)
            .map_err(|why| self.wrong(key, format!("`{key}`: {why}")))
    }

    fn wrong(&self, key: &str, message: String) -> Wrong {
        (self.table.get(key).map(|value| value.span()), message)
    }
}
