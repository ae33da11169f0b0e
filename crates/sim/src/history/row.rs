//! An event in a few bytes: enough to find it, to mark it on a timeline and to draw it.

use crate::action::{Action, Endpoint, Touch};
use crate::view::{Event, EventKind, MessageInfo, View};
use synod_protocols::{Mark, Micros, NodeId};

/// The lane of the clients' machine.
const CLIENTS: u8 = 254;
/// No lane: an action on no one server.
const NOWHERE: u8 = 255;

/// What an event meant, for timelines and for "the last election": a set of marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u16);

impl Marks {
    pub const NONE: Marks = Marks(0);
    /// A node set out to lead.
    pub const CAMPAIGN: Marks = Marks(1);
    /// A leader was chosen.
    pub const ELECTION: Marks = Marks(1 << 1);
    /// Something was decided for good.
    pub const DECISION: Marks = Marks(1 << 2);
    /// A rule refused something.
    pub const REFUSAL: Marks = Marks(1 << 3);
    /// An action made something worse.
    pub const FAULT: Marks = Marks(1 << 4);
    /// An action mended something.
    pub const REPAIR: Marks = Marks(1 << 5);
    /// Another action.
    pub const ACTION: Marks = Marks(1 << 6);
    /// An invariant broke.
    pub const VIOLATION: Marks = Marks(1 << 7);
    /// A client was answered.
    pub const ANSWER: Marks = Marks(1 << 8);
    /// A message was lost.
    pub const LOSS: Marks = Marks(1 << 9);
    /// The action could not be done.
    pub const REFUSED: Marks = Marks(1 << 10);

    /// Whether it has any mark of the other.
    pub fn any(self, other: Marks) -> bool {
        self.0 & other.0 != 0
    }

    /// The marks of both.
    pub const fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    pub fn add(&mut self, other: Marks) {
        self.0 |= other.0;
    }

    fn of(event: &Event, run: &dyn View) -> Marks {
        let mut marks = Marks::NONE;
        let rules = run.about().rules;
        for note in &event.notes {
            marks.add(match rules[usize::from(note.rule)].mark {
                Mark::Step => Marks::NONE,
                Mark::Refusal => Marks::REFUSAL,
                Mark::Campaign => Marks::CAMPAIGN,
                Mark::Election => Marks::ELECTION,
                Mark::Decision => Marks::DECISION,
            });
        }
        match &event.kind {
            EventKind::Lost(..) => marks.add(Marks::LOSS),
            EventKind::Acted(action) => marks.add(match action.touch() {
                Touch::Fault => Marks::FAULT,
                Touch::Repair => Marks::REPAIR,
                Touch::Other => Marks::ACTION,
            }),
            _ => {}
        }
        if event.ack.is_some() {
            marks.add(Marks::ANSWER);
        }
        if event.refused.is_some() {
            marks.add(Marks::REFUSED);
        }
        marks
    }
}

/// What kind of event it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum What {
    Started,
    Delivered,
    Lost,
    Stalled,
    Queued,
    Timer,
    Coin,
    Durable,
    Flushing,
    Flushed,
    Asked,
    Crashed,
    Restarted,
    Paused,
    Resumed,
    /// Any other action.
    Acted,
    /// The oracle reported a crash.
    Reported,
}

/// An event, as the index keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1.
    pub event: u64,
    pub time_us: Micros,
    /// Where it happened; `None` for an action on no one server.
    pub lane: Option<Endpoint>,
    pub what: What,
    /// Where the message came from.
    pub peer: Option<Endpoint>,
    /// The message's kind, as in [`MessageInfo::kind`], or the timer's number.
    pub detail: u8,
    /// The earlier event that brought it about.
    pub cause: Option<u64>,
    pub marks: Marks,
}

/// A row as it is stored: 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packed {
    /// Microseconds since the chunk's first event.
    pub after_us: u32,
    cause: u32,
    marks: Marks,
    lane: u8,
    peer: u8,
    what: What,
    detail: u8,
}

impl Packed {
    pub fn new(event: &Event, run: &dyn View, after_us: u32) -> Packed {
        let (what, detail) = what(&event.kind);
        let message = event.kind.message();
        Packed {
            after_us,
            cause: event.cause.map_or(0, |cause| cause as u32),
            marks: Marks::of(event, run),
            lane: pack(event.place()),
            peer: pack(message.map(|info| info.from)),
            what,
            detail,
        }
    }

    pub fn marks(&self) -> Marks {
        self.marks
    }

    pub fn add(&mut self, marks: Marks) {
        self.marks.add(marks);
    }

    /// Whether both tell of the same event; marks that observers add do not count.
    pub fn agrees(&self, other: &Packed) -> bool {
        let place = |row: &Packed| (row.lane, row.peer, row.what, row.detail, row.cause);
        self.after_us == other.after_us && place(self) == place(other)
    }

    pub fn unpack(self, event: u64, base_us: Micros) -> Row {
        Row {
            event,
            time_us: base_us + u64::from(self.after_us),
            lane: unpack(self.lane),
            what: self.what,
            peer: unpack(self.peer),
            detail: self.detail,
            cause: (self.cause > 0).then_some(u64::from(self.cause)),
            marks: self.marks,
        }
    }
}

fn what(kind: &EventKind) -> (What, u8) {
    let of = |what: What, info: &MessageInfo| (what, info.kind);
    match kind {
        EventKind::Started => (What::Started, 0),
        EventKind::Delivered(info) => of(What::Delivered, info),
        EventKind::Lost(info, _) => of(What::Lost, info),
        EventKind::Stalled(info) => of(What::Stalled, info),
        EventKind::Queued(info) | EventKind::Waits(info) => of(What::Queued, info),
        EventKind::Reported { peer } => (What::Reported, peer.0),
        EventKind::Timer(timer) => (What::Timer, timer.0),
        EventKind::Coin { heads } => (What::Coin, u8::from(*heads)),
        EventKind::Durable { .. } => (What::Durable, 0),
        EventKind::Flushing { .. } => (What::Flushing, 0),
        EventKind::Flushed { .. } => (What::Flushed, 0),
        EventKind::Asked { retry, .. } => (What::Asked, u8::from(*retry)),
        EventKind::Acted(action) => match **action {
            Action::Crash { .. } | Action::Wipe { .. } => (What::Crashed, 0),
            Action::Restart { .. } => (What::Restarted, 0),
            Action::Pause { .. } => (What::Paused, 0),
            Action::Resume { .. } => (What::Resumed, 0),
            _ => (What::Acted, 0),
        },
    }
}

fn pack(end: Option<Endpoint>) -> u8 {
    match end {
        Some(Endpoint::Server(node)) => node.0,
        Some(Endpoint::Clients) => CLIENTS,
        None => NOWHERE,
    }
}

fn unpack(lane: u8) -> Option<Endpoint> {
    match lane {
        NOWHERE => None,
        CLIENTS => Some(Endpoint::Clients),
        node => Some(Endpoint::Server(NodeId(node))),
    }
}
