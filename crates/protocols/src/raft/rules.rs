//! The rules that Raft's notes name.

use crate::rules;

rules! {
    /// Every rule and refusal, with its source.
    pub enum Rule {
        Started = "started", "Raft §5.1, §5.2", Step, (term: Number, entries: Number);
        TimedOut = "timed_out", "Raft §5.2", Step, (term: Number);
        Campaigned = "campaigned", "Raft §5.2", Campaign, (term: Number, need: Number);
        PreCampaigned = "pre_campaigned", "Ongaro §9.6", Campaign, (term: Number, need: Number);
        OwnVoteCounted = "own_vote_counted", "Raft §5.2, figure 2", Step,
            (term: Number, have: Number, need: Number);
        VoteGranted = "vote.granted", "Raft §5.2, §5.4.1", Step,
            (candidate: Node, term: Number, last_term: Number, last_index: Number,
             own_term: Number, own_index: Number);
        VoteRepeated = "vote.repeated", "Raft §5.2", Step, (candidate: Node, term: Number);
        VoteRefusedTerm = "vote.refused.term", "Raft §5.1", Refusal,
            (candidate: Node, term: Number, own: Number);
        VoteRefusedVoted = "vote.refused.voted", "Raft §5.2", Refusal,
            (candidate: Node, term: Number, voted: Node);
        VoteRefusedLog = "vote.refused.log", "Raft §5.4.1", Refusal,
            (candidate: Node, term: Number, last_term: Number, last_index: Number,
             own_term: Number, own_index: Number);
        VoteIgnoredLease = "vote.ignored.lease", "Ongaro §4.2.3, §6.2", Refusal,
            (candidate: Node, term: Number);
        VoteIgnoredLeading = "vote.ignored.leading", "Ongaro §4.2.3, §6.2", Refusal,
            (candidate: Node, term: Number);
        VoteCounted = "vote.counted", "Raft §5.2", Step,
            (from: Node, term: Number, have: Number, need: Number);
        VoteDenied = "vote.denied", "Raft §5.2", Step,
            (from: Node, term: Number, have: Number, need: Number);
        VoteLate = "vote.late", "Raft §5.2", Refusal, (from: Node, term: Number);
        PreVoteGranted = "pre_vote.granted", "Ongaro §9.6", Step, (candidate: Node, term: Number);
        PreVoteRefusedLeader = "pre_vote.refused.leader", "Ongaro §9.6", Refusal,
            (candidate: Node, term: Number);
        PreVoteRefusedLeading = "pre_vote.refused.leading", "Ongaro §9.6", Refusal,
            (candidate: Node, term: Number);
        PreVoteRefusedLog = "pre_vote.refused.log", "Ongaro §9.6; Raft §5.4.1", Refusal,
            (candidate: Node, term: Number, last_term: Number, last_index: Number,
             own_term: Number, own_index: Number);
        PreVoteRefusedTerm = "pre_vote.refused.term", "Ongaro §9.6", Refusal,
            (candidate: Node, term: Number, own: Number);
        PreVoteCounted = "pre_vote.counted", "Ongaro §9.6", Step,
            (from: Node, term: Number, have: Number, need: Number);
        PreVoteDenied = "pre_vote.denied", "Ongaro §9.6", Step, (from: Node, term: Number);
        PreVoteLate = "pre_vote.late", "Ongaro §9.6", Refusal, (from: Node, term: Number);
        Elected = "elected", "Raft §5.2", Election, (term: Number, have: Number, need: Number);
        HigherTerm = "higher_term", "Raft §5.1", Step, (from: Node, term: Number, own: Number);
        LeaderFound = "leader_found", "Raft §5.2", Step, (leader: Node, term: Number);
        LeaderReportedDown = "leader_reported_down", "Raft §5.2", Step, (leader: Node);
        NoopAppended = "noop_appended", "Raft §8; Ongaro §6.4", Step, (index: Number, term: Number);
        CommandAppended = "command_appended", "Raft §5.3", Step,
            (client: Client, seq: Number, index: Number, term: Number);
        HeartbeatSent = "heartbeat.sent", "Raft §5.2", Step, (term: Number);
        HeartbeatAccepted = "heartbeat.accepted", "Raft §5.2, §5.3", Step,
            (leader: Node, prev: Number);
        AppendAccepted = "append.accepted", "Raft §5.3", Step,
            (leader: Node, count: Number, prev: Number, last: Number);
        AppendHeld = "append.held", "Raft §5.3", Step, (leader: Node, last: Number);
        AppendRefusedMissing = "append.refused.missing", "Raft §5.3", Refusal,
            (leader: Node, prev: Number, prev_term: Number, last: Number);
        AppendRefusedConflict = "append.refused.conflict", "Raft §5.3", Refusal,
            (leader: Node, prev: Number, prev_term: Number, own_term: Number);
        AppendRefusedStale = "append.refused.stale", "Raft §5.1", Refusal,
            (leader: Node, term: Number, own: Number);
        ConflictRemoved = "conflict_removed", "Raft §5.3", Step,
            (index: Number, count: Number, leader: Node);
        MatchCounted = "match.counted", "Raft §5.3", Step, (from: Node, index: Number);
        MatchOwnDisk = "match.own_disk", "Ongaro §10.2.1", Step, (index: Number);
        BackedUp = "backed_up", "Raft §5.3", Step, (from: Node, refused: Number, next: Number);
        ReplyLate = "reply.late", "Raft §5.3", Refusal, (from: Node);
        Committed = "committed", "Raft §5.3, §5.4.2", Decision,
            (index: Number, term: Number, have: Number, need: Number);
        CommitBlocked = "commit.blocked", "Raft §5.4.2", Refusal,
            (index: Number, entry_term: Number, term: Number);
        CommitLearned = "commit.learned", "Raft §5.3", Step, (index: Number, leader: Node);
        AppliedAgain = "applied.again", "Ongaro §6.3", Step,
            (client: Client, seq: Number, index: Number);
        Redirected = "redirected", "Raft §8; Ongaro §6.2", Step,
            (client: Client, seq: Number, leader: Node);
        RefusedClient = "refused_client", "Raft §8; Ongaro §6.2", Refusal,
            (client: Client, seq: Number);
        AnsweredAgain = "answered_again", "Ongaro §6.3", Step, (client: Client, seq: Number);
        QuorumHeard = "quorum.heard", "Ongaro §6.2", Step, (have: Number, need: Number);
        QuorumLost = "quorum.lost", "Ongaro §6.2", Step,
            (have: Number, need: Number, term: Number);
        TransferStarted = "transfer.started", "Ongaro §3.10", Step, (target: Node);
        TransferRefused = "transfer.refused", "Ongaro §3.10", Refusal, (target: Node);
        TransferSent = "transfer.sent", "Ongaro §3.10", Step, (target: Node, index: Number);
        TransferTaken = "transfer.taken", "Ongaro §3.10", Campaign, (leader: Node, term: Number);
        TransferAborted = "transfer.aborted", "Ongaro §3.10", Step, (target: Node);
        TransferBusy = "transfer.busy", "Ongaro §3.10", Refusal,
            (client: Client, seq: Number, target: Node);
        TransferLate = "transfer.late", "Ongaro §3.10", Refusal, (leader: Node, term: Number);
        // Answers to "why?", which no transition emits.
        WhyLeads = "why.leads", "Raft §5.2", Step, (term: Number);
        WhyFollows = "why.follows", "Raft §5.2", Step, (leader: Node, term: Number);
        WhyWaits = "why.waits", "Raft §5.2", Step, (term: Number);
        WhyShortOfVotes = "why.short_of_votes", "Raft §5.2", Step,
            (term: Number, have: Number, need: Number);
        WhyShortOfYes = "why.short_of_yes", "Ongaro §9.6", Step,
            (term: Number, have: Number, need: Number);
        WhyCommitted = "why.committed", "Raft §5.3", Step, (index: Number);
        WhyMissing = "why.missing", "Raft §5.3", Step, (index: Number, last: Number);
        WhyNotTold = "why.not_told", "Raft §5.3", Step, (index: Number, leader: Node);
        WhyNobodyTells = "why.nobody_tells", "Raft §5.3", Step, (index: Number);
        WhyShortOfCopies = "why.short_of_copies", "Raft §5.3", Step,
            (index: Number, have: Number, need: Number);
        WhyOlderTerm = "why.older_term", "Raft §5.4.2", Step,
            (index: Number, entry_term: Number, term: Number);
        StartedSnapshot = "started.snapshot", "Raft §7", Step,
            (term: Number, gone: Number, entries: Number);
        SnapshotTaken = "snapshot.taken", "Raft §7", Step, (index: Number, last_term: Number);
        SnapshotSent = "snapshot.sent", "Raft §7", Step,
            (to: Node, next: Number, index: Number, last_term: Number);
        SnapshotInstalled = "snapshot.installed", "Raft §7, figure 13", Step,
            (leader: Node, index: Number, last_term: Number);
        SnapshotKeptSuffix = "snapshot.kept_suffix", "Raft §7, figure 13", Step,
            (leader: Node, index: Number, last_term: Number, count: Number);
        SnapshotHeld = "snapshot.held", "Raft §7", Refusal,
            (leader: Node, index: Number, commit: Number);
        LearnersAdded = "change.learners", "Ongaro §4.2.1", Step, (learners: Nodes, until: Number);
        LearnersCaughtUp = "change.caught_up", "Ongaro §4.2.1", Step,
            (learners: Nodes, until: Number);
        JointAppended = "change.joint", "Raft §6", Step, (index: Number, old: Nodes, new: Nodes);
        NewAppended = "change.new", "Raft §6", Step,
            (index: Number, joint: Number, old: Nodes, new: Nodes);
        MembersAppended = "change.single", "Ongaro §4.1", Step,
            (index: Number, old: Nodes, new: Nodes);
        MembersAppendedAtOnce = "change.at_once", "Raft §6, figure 10", Step,
            (index: Number, old: Nodes, new: Nodes);
        LeaderLeft = "change.leader_left", "Raft §6; Ongaro §4.2.2", Step,
            (index: Number, new: Nodes);
        NotAMember = "change.not_a_member", "Ongaro §4.2.2", Refusal,
            (index: Number, members: Nodes);
        ChangeRefusedFollower = "change.refused.follower", "Raft §6", Refusal, (new: Nodes);
        ChangeRefusedSame = "change.refused.same", "Raft §6", Refusal, (new: Nodes);
        ChangeRefusedBusy = "change.refused.busy", "Raft §6; Ongaro §4.1", Refusal, (new: Nodes);
        ChangeRefusedQuorum = "change.refused.quorum", "Raft §6", Refusal, (new: Nodes);
        ChangeRefusedMany = "change.refused.many", "Ongaro §4.1", Refusal,
            (new: Nodes, count: Number);
        ChangeRefusedTerm = "change.refused.term", "Ongaro §4.1; Ongaro, raft-dev, 10 July 2015",
            Refusal, (new: Nodes, term: Number);
        SnapshotRefusedStale = "snapshot.refused.stale", "Raft §5.1, §7", Refusal,
            (leader: Node, term: Number, own: Number);
    }
}
