//! The rules that the notes of single-decree Paxos name.

use crate::rules;

rules! {
    /// Every rule and refusal, with its source.
    pub enum Rule {
        StartedAfresh = "started.afresh", "PMS §2.5", Step, ();
        Started = "started", "PMS §2.5", Step, (promised: Ballot);
        StartedAccepted = "started.accepted", "PMS §2.5", Step,
            (promised: Ballot, accepted: Ballot);
        Redirected = "redirected", "PMS §2.1", Step,
            (client: Client, seq: Number, proposer: Node);
        Queued = "queued", "PMS §2.4", Step, (client: Client, seq: Number);
        Prepared = "prepared", "PMS §2.2, phase 1a; §2.5", Campaign,
            (ballot: Ballot, need: Number);
        TimedOut = "timed_out", "PMS §2.4", Step, (ballot: Ballot);
        Told = "told", "PMS §2.2, phase 1a", Step, ();
        Content = "content", "PMS §2.4", Step, ();
        NotProposer = "not_proposer", "PMS §2.1", Refusal, ();
        NotAcceptor = "not_acceptor", "PMS §2.1", Refusal, (from: Node, ballot: Ballot);
        PromisedFirst = "promised.first", "PMS §2.2, phase 1b, P1a", Step,
            (from: Node, ballot: Ballot);
        Promised = "promised", "PMS §2.2, phase 1b, P1a", Step,
            (from: Node, ballot: Ballot, before: Ballot);
        PromisedReporting = "promised.reporting", "PMS §2.2, phase 1b, P1a", Step,
            (from: Node, ballot: Ballot, accepted: Ballot, client: Client, seq: Number);
        PrepareRefused = "prepare.refused", "PMS §2.2, phase 1b, P1a", Refusal,
            (from: Node, ballot: Ballot, promised: Ballot);
        PromiseCounted = "promise.counted", "PMS §2.2, phase 2a", Step,
            (from: Node, ballot: Ballot, have: Number, need: Number);
        PromiseLate = "promise.late", "PMS §2.2, phase 2a", Refusal,
            (from: Node, ballot: Ballot);
        ProposedFreely = "proposed.freely", "PMS §2.2, phase 2a, P2c", Election,
            (ballot: Ballot, client: Client, seq: Number);
        Adopted = "proposed.adopted", "PMS §2.2, phase 2a, P2c", Election,
            (ballot: Ballot, from: Node, accepted: Ballot, client: Client, seq: Number);
        IgnoredReport = "proposed.ignoring", "PMS §2.2, phase 2a, P2c", Election,
            (ballot: Ballot, client: Client, seq: Number, from: Node, accepted: Ballot);
        NothingToPropose = "nothing_to_propose", "PMS §2.2, phase 2a", Step, (ballot: Ballot);
        Accepted = "accepted", "PMS §2.2, phase 2b, P1a", Step,
            (from: Node, ballot: Ballot, client: Client, seq: Number);
        AcceptedAgain = "accepted.again", "PMS §2.2, phase 2b", Step,
            (from: Node, ballot: Ballot, client: Client, seq: Number);
        AcceptRefused = "accept.refused", "PMS §2.2, phase 2b, P1a", Refusal,
            (from: Node, ballot: Ballot, promised: Ballot);
        Preempted = "preempted", "PMS §2.4", Step,
            (from: Node, ballot: Ballot, promised: Ballot);
        PreemptedAtOnce = "preempted.at_once", "PMS §2.4", Step,
            (from: Node, ballot: Ballot, promised: Ballot);
        RejectTwice = "reject.twice", "PMS §2.2", Step, (from: Node, ballot: Ballot);
        RejectLate = "reject.late", "PMS §2.2", Refusal, (from: Node, ballot: Ballot);
        AcceptanceCounted = "acceptance.counted", "PMS §2.3", Step,
            (from: Node, ballot: Ballot, have: Number, need: Number);
        AcceptanceLate = "acceptance.late", "PMS §2.3", Step, (from: Node, ballot: Ballot);
        Chosen = "chosen", "PMS §2.2, P2; §2.3", Decision,
            (ballot: Ballot, client: Client, seq: Number, have: Number, need: Number);
        Learned = "learned", "PMS §2.3", Step,
            (from: Node, ballot: Ballot, client: Client, seq: Number);
        KnewAlready = "learned.again", "PMS §2.3", Step,
            (from: Node, ballot: Ballot, client: Client, seq: Number);
        AnsweredChosen = "answered.chosen", "PMS §2.1", Step, (client: Client, seq: Number);
        AnsweredOther = "answered.other", "PMS §2.1", Step,
            (client: Client, seq: Number, winner: Client, number: Number);
        // Answers to "why?", which no transition emits.
        WhyProposes = "why.proposes", "PMS §2.2, phase 2a", Step, (ballot: Ballot);
        WhyShortOfPromises = "why.short_of_promises", "PMS §2.2, phase 2a", Step,
            (ballot: Ballot, have: Number, need: Number);
        WhyBacksOff = "why.backs_off", "PMS §2.4", Step, (ballot: Ballot, seen: Ballot);
        WhyNoValue = "why.no_value", "PMS §2.2", Step, ();
        WhyNotProposer = "why.not_proposer", "PMS §2.1", Step, ();
        WhyDone = "why.done", "PMS §2.3", Step, (ballot: Ballot);
        WhyShortOfAcceptances = "why.short_of_acceptances", "PMS §2.3", Step,
            (ballot: Ballot, have: Number, need: Number);
        WhyNotTold = "why.not_told", "PMS §2.3", Step, (accepted: Ballot);
        WhyKnowsNothing = "why.knows_nothing", "PMS §2.3", Step, ();
    }
}
