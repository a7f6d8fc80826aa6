//! How an author knows a vendor's API.

/// How the author knows the vendor's API: the best evidence that most of the facts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Somebody ran the operations against the vendor's service or software.
    RealServer,
    /// The vendor's own reference or clients.
    VendorDocument,
    /// Clients and connectors that others wrote.
    SecondHand,
    /// Memory.
    Recalled,
}

impl Evidence {
    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RealServer => "real-server",
            Self::VendorDocument => "vendor-document",
            Self::SecondHand => "second-hand",
            Self::Recalled => "recalled",
        }
    }
}
