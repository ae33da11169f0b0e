//! The rules that the notes of Multi-Paxos name.

use crate::rules;

rules! {
    /// Every rule and refusal, with its source.
    pub enum Rule {
        StartedAfresh = "started.afresh", "PMS §2.5", Step, ();
        Started = "started", "PMS §2.5", Step, (promised: Ballot, held: Number, chosen: Number);
        StartedSnapshot = "started.snapshot", "PMS §2.5; PML §5.5", Step,
            (promised: Ballot, gone: Number, held: Number, chosen: Number);
        // The failure detector and phase 1.
        TimedOut = "timed_out", "PMS §3; PMMC §3", Step, ();
        CameToNothing = "came_to_nothing", "PMS §2.4", Step, (ballot: Ballot);
        LeaderReportedDown = "leader_reported_down", "PMS §3", Step, (leader: Node);
        Prepared = "prepared", "PMS §3; §2.2, phase 1a", Campaign,
            (ballot: Ballot, first: Number, need: Number);
        PromisedFirst = "promised.first", "PMS §3; §2.2, phase 1b, P1a", Step,
            (from: Node, ballot: Ballot, first: Number, count: Number, chosen: Number);
        Promised = "promised", "PMS §3; §2.2, phase 1b, P1a", Step,
            (from: Node, ballot: Ballot, before: Ballot, first: Number, count: Number,
             chosen: Number);
        PrepareRefused = "prepare.refused", "PMS §2.2, phase 1b, P1a", Refusal,
            (from: Node, ballot: Ballot, promised: Ballot);
        PromiseCounted = "promise.counted", "PMS §2.2, phase 2a", Step,
            (from: Node, ballot: Ballot, have: Number, need: Number);
        PromiseLate = "promise.late", "PMS §2.2, phase 2a", Refusal,
            (from: Node, ballot: Ballot);
        PreparedBehind = "prepared.behind", "PMS §3", Step,
            (ballot: Ballot, chosen: Number, teacher: Node);
        Elected = "elected", "PMS §3; §2.2, phase 2a", Election,
            (ballot: Ballot, have: Number, need: Number, first: Number);
        ElectedOnce = "elected.once", "PMS §2.2, phase 2a", Election,
            (ballot: Ballot, have: Number, need: Number, first: Number);
        GaveWay = "gave_way", "PMS §2.4; §3", Step, (own: Ballot, from: Node, ballot: Ballot);
        LeaderFound = "leader_found", "PMS §3", Step, (leader: Node, ballot: Ballot);
        Preempted = "preempted", "PMS §2.4; PMMC §3", Step,
            (from: Node, ballot: Ballot, promised: Ballot);
        PreemptedAtOnce = "preempted.at_once", "PMS §2.4", Step,
            (from: Node, ballot: Ballot, promised: Ballot);
        RejectTwice = "reject.twice", "PMS §2.2", Step, (from: Node, ballot: Ballot);
        RejectLate = "reject.late", "PMS §2.2", Refusal, (from: Node, ballot: Ballot);
        // Phase 2.
        Adopted = "proposed.adopted", "PMS §3; §2.2, P2c", Step,
            (slot: Number, ballot: Ballot, from: Node, accepted: Ballot, client: Client,
             seq: Number);
        AdoptedNoop = "proposed.adopted_noop", "PMS §3; §2.2, P2c", Step,
            (slot: Number, ballot: Ballot, from: Node, accepted: Ballot);
        FilledGap = "proposed.noop", "PMS §3", Step, (slot: Number, ballot: Ballot);
        IgnoredReport = "proposed.ignoring", "PMS §2.2, P2c", Step,
            (slot: Number, ballot: Ballot, from: Node, accepted: Ballot);
        Proposed = "proposed", "PMS §3; §2.2, phase 2a", Step,
            (client: Client, seq: Number, slot: Number, ballot: Ballot);
        Accepted = "accepted", "PMS §2.2, phase 2b, P1a", Step,
            (from: Node, slot: Number, ballot: Ballot, client: Client, seq: Number);
        AcceptedNoop = "accepted.noop", "PMS §2.2, phase 2b, P1a", Step,
            (from: Node, slot: Number, ballot: Ballot);
        AcceptedAgain = "accepted.again", "PMS §2.2, phase 2b", Step,
            (from: Node, slot: Number, ballot: Ballot);
        AcceptKnown = "accept.known", "PMS §2.3; §3", Step,
            (from: Node, slot: Number, ballot: Ballot);
        AcceptRefused = "accept.refused", "PMS §2.2, phase 2b, P1a", Refusal,
            (from: Node, slot: Number, ballot: Ballot, promised: Ballot);
        AcceptRefusedAhead = "accept.refused.ahead", "PMS §3", Refusal,
            (from: Node, slot: Number, ballot: Ballot, chosen: Number, most: Number);
        AcceptanceCounted = "acceptance.counted", "PMS §2.3", Step,
            (from: Node, slot: Number, ballot: Ballot, have: Number, need: Number);
        AcceptanceKnown = "acceptance.known", "PMS §2.3", Step,
            (from: Node, slot: Number, ballot: Ballot);
        AcceptanceLate = "acceptance.late", "PMS §2.3", Refusal,
            (from: Node, slot: Number, ballot: Ballot);
        Chosen = "chosen", "PMS §2.2, P2; §2.3", Decision,
            (slot: Number, ballot: Ballot, have: Number, need: Number);
        ChosenAhead = "chosen.ahead", "PMS §3", Step, (slot: Number, first: Number);
        SentAgain = "sent_again", "PMMC §3", Step, (count: Number, first: Number);
        // Heartbeats, and what is learned with them.
        HeartbeatSent = "heartbeat.sent", "PMMC §3", Step, (ballot: Ballot, chosen: Number);
        HeartbeatHeard = "heartbeat.heard", "PMMC §3", Step,
            (leader: Node, ballot: Ballot, chosen: Number);
        HeartbeatRefused = "heartbeat.refused", "PMS §2.3", Refusal,
            (leader: Node, ballot: Ballot, promised: Ballot);
        HeartbeatPassed = "heartbeat.passed", "PMS §2.4", Refusal,
            (leader: Node, ballot: Ballot, own: Ballot);
        HeartbeatAnswered = "heartbeat.answered", "PMMC §3", Step, (from: Node, chosen: Number);
        ReplyLate = "reply.late", "PMMC §3", Refusal, (from: Node, ballot: Ballot);
        ChosenHeard = "chosen.heard", "PMS §2.3", Step,
            (leader: Node, slot: Number);
        ChosenHeardMany = "chosen.heard_many", "PMS §2.3", Step,
            (leader: Node, first: Number, last: Number);
        AppliedAgain = "applied.again", "PMMC §2", Step,
            (client: Client, seq: Number, slot: Number);
        SnapshotTaken = "snapshot.taken", "PML §5.5", Step, (slot: Number);
        // Catching up.
        Asked = "asked", "PMS §3; PML §4.2", Step, (teacher: Node, first: Number);
        NothingToTeach = "nothing_to_teach", "PMS §3", Refusal,
            (from: Node, first: Number, chosen: Number);
        Taught = "taught", "PMS §3; PML §4.2", Step, (to: Node, first: Number, last: Number);
        TaughtSnapshot = "taught.snapshot", "PML §5.5", Step,
            (to: Node, first: Number, chosen: Number);
        Learned = "learned", "PMS §2.3", Step, (from: Node, first: Number, last: Number);
        LearnedAgain = "learned.again", "PMS §2.3", Step,
            (from: Node, first: Number, last: Number);
        LearnedAhead = "learned.ahead", "PMS §3", Refusal,
            (from: Node, first: Number, chosen: Number);
        SnapshotLearned = "snapshot.learned", "PML §5.5", Step, (from: Node, slot: Number);
        SnapshotLate = "snapshot.late", "PML §5.5", Refusal,
            (from: Node, slot: Number, chosen: Number);
        // The lease.
        KeepsOldLease = "lease.kept", "PML §5.2", Step, (lease: Time);
        WaitsForLease = "lease.waits", "PML §5.2", Refusal, (left: Time);
        PrepareRefusedLease = "prepare.refused.lease", "PML §5.2", Refusal,
            (from: Node, ballot: Ballot, holder: Node, left: Time);
        PrepareRefusedRestart = "prepare.refused.restart", "PML §5.2", Refusal,
            (from: Node, ballot: Ballot, left: Time);
        LeaseDenied = "lease.denied", "PML §5.2", Step, (from: Node, ballot: Ballot);
        LeaseRenewed = "lease.renewed", "PML §5.2", Step, (have: Number, left: Time);
        LeaseLost = "lease.lost", "PML §5.2", Step, (ballot: Ballot, lease: Time);
        RoseAbove = "lease.rose_above", "PML §5.2", Step,
            (from: Node, ballot: Ballot, own: Ballot);
        // Clients.
        Redirected = "redirected", "PMS §3", Step, (client: Client, seq: Number, leader: Node);
        RefusedClient = "refused_client", "PMS §3", Refusal, (client: Client, seq: Number);
        AnsweredAgain = "answered_again", "PMMC §2", Step, (client: Client, seq: Number);
        UnderWay = "under_way", "PMMC §2", Step, (client: Client, seq: Number);
        Queued = "queued", "PMS §3", Step, (client: Client, seq: Number);
        QueueFull = "queue_full", "PMS §3", Refusal,
            (client: Client, seq: Number, most: Number);
        // Answers to "why?", which no transition emits.
        WhyLeads = "why.leads", "PMS §3", Step, (ballot: Ballot);
        WhyFollows = "why.follows", "PMS §3", Step, (leader: Node);
        WhyWaits = "why.waits", "PMS §3", Step, ();
        WhyLease = "why.lease", "PML §5.2", Step, ();
        WhyBacksOff = "why.backs_off", "PMS §2.4", Step, (ballot: Ballot, seen: Ballot);
        WhyShortOfPromises = "why.short_of_promises", "PMS §2.2, phase 2a", Step,
            (ballot: Ballot, have: Number, need: Number);
        WhyBehind = "why.behind", "PMS §3", Step, (ballot: Ballot, chosen: Number, known: Number);
        WhyChosen = "why.chosen", "PMS §2.3", Step, (slot: Number);
        WhyShortOfAcceptances = "why.short_of_acceptances", "PMS §2.3", Step,
            (slot: Number, ballot: Ballot, have: Number, need: Number);
        WhyGap = "why.gap", "PMS §3", Step, (slot: Number, first: Number);
        WhyNotProposed = "why.not_proposed", "PMS §3", Step, (slot: Number, ballot: Ballot);
        WhyNotTold = "why.not_told", "PMS §2.3", Step, (slot: Number, accepted: Ballot);
        WhyNotTaught = "why.not_taught", "PMS §3", Step, (slot: Number, first: Number);
        WhyNothingThere = "why.nothing_there", "PMS §2.3", Step, (slot: Number);
    }
}
