//! The protocols, by name. A new one adds one line to [`protocols!`]'s call.

use crate::replica::{About, Protocol};

/// Something to do with a protocol whose type is known only by name.
pub trait Visitor {
    type Output;

    fn visit<P: Protocol>(self) -> Self::Output;
}

macro_rules! protocols {
    ($($protocol:ty),* $(,)?) => {
        /// Every protocol's description.
        pub const ALL: &[&About] = &[$(<$protocol as Protocol>::ABOUT),*];

        /// Calls the visitor with the protocol of that name; `None` if there is none.
        pub fn visit<V: Visitor>(name: &str, visitor: V) -> Option<V::Output> {
            $(if name == <$protocol as Protocol>::ABOUT.name {
                return Some(visitor.visit::<$protocol>());
            })*
            None
        }
    };
}

protocols![
    crate::raft::Raft,
    crate::paxos::Paxos,
    crate::multipaxos::MultiPaxos,
];

/// The description of the protocol of that name.
pub fn about(name: &str) -> Option<&'static About> {
    ALL.iter().copied().find(|about| about.name == name)
}
