//! Refuses addresses that a vendor's API cannot have.
//!
//! A vendor is on the public internet. The policy refuses every other address to which a name can resolve: this
//! machine, its network, the cloud's own services. It also refuses every IPv6 address that contains an IPv4 address,
//! because a translator on the way would connect to that one.
//!
//! A caller must ask [`classify`] about **every** address of a lookup, and then connect to one of them: a name with one
//! public and one internal answer is an attack, not load balancing. A host that is an IP literal never reaches a
//! resolver, so [`public_host`] refuses it in any spelling.
//!
//! Not detectable here: a NAT64 prefix that a network has chosen for itself (RFC 6052 §2.2), and the host's own public
//! addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// Why the policy refuses a connection to an address, or a host that is not in the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refused {
    /// `::`.
    Unspecified,
    /// `0.0.0.0/8` (RFC 791): most systems connect to themselves.
    ThisNetwork,
    /// `127.0.0.0/8`, `::1` (RFC 1122, RFC 4291).
    Loopback,
    /// `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16` (RFC 1918); `fc00::/7` (RFC 4193).
    Private,
    /// `100.64.0.0/10` (RFC 6598): behind a provider's address translation.
    SharedAddressSpace,
    /// `169.254.0.0/16` (RFC 3927), `fe80::/10` (RFC 4291).
    LinkLocal,
    /// `fec0::/10` (RFC 3879).
    SiteLocal,
    /// A cloud's metadata service or host agent: `169.254.169.254`, `168.63.129.16` (in a public range),
    /// `100.100.100.200`, `fd00:ec2::254`.
    CloudService,
    /// `192.0.0.0/24` (RFC 6890), `2001::/23` (RFC 2928).
    ProtocolAssignment,
    /// `192.0.2.0/24`, `198.51.100.0/24`, `203.0.113.0/24` (RFC 5737); `2001:db8::/32` (RFC 3849), `3fff::/20` (RFC 9637).
    Documentation,
    /// `192.88.99.0/24` (RFC 7526).
    SixToFourRelay,
    /// `198.18.0.0/15` (RFC 2544).
    Benchmarking,
    /// `224.0.0.0/4` (RFC 5771), `ff00::/8` (RFC 4291).
    Multicast,
    /// `255.255.255.255` (RFC 919).
    Broadcast,
    /// `240.0.0.0/4` (RFC 1112).
    Reserved,
    /// `100::/64` (RFC 6666), `100:0:0:1::/64` (RFC 9780).
    DiscardOnly,
    /// An IPv6 address with an IPv4 address inside: mapped `::ffff:0:0/96`, compatible `::/96` (RFC 4291), translated
    /// `::ffff:0:0:0/96` (RFC 2765), NAT64 `64:ff9b::/96` (RFC 6052) and `64:ff9b:1::/48` (RFC 8215), Teredo `2001::/32`
    /// (RFC 4380), 6to4 `2002::/16` (RFC 3056).
    EmbedsIpv4,
    /// Any other IPv6 address outside `2000::/3`, the only block that is assigned for global unicast.
    NotGlobalUnicast,
    /// The host is an IP address in any spelling, instead of a name.
    IpLiteral,
    /// The host is a name of one label, such as `localhost`, which differs from network to network.
    SingleLabel,
    /// The host has an empty label, for instance a dot at the end.
    EmptyLabel,
    /// The host ends in a name that is not in the public DNS, such as `.local` or `.internal`.
    SpecialUse,
}

impl Refused {
    /// A short, stable name for logs and metrics: `link-local`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::ThisNetwork => "this-network",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::SharedAddressSpace => "shared-address-space",
            Self::LinkLocal => "link-local",
            Self::SiteLocal => "site-local",
            Self::CloudService => "cloud-service",
            Self::ProtocolAssignment => "protocol-assignment",
            Self::Documentation => "documentation",
            Self::SixToFourRelay => "6to4-relay",
            Self::Benchmarking => "benchmarking",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Reserved => "reserved",
            Self::DiscardOnly => "discard-only",
            Self::EmbedsIpv4 => "embeds-ipv4",
            Self::NotGlobalUnicast => "not-global-unicast",
            Self::IpLiteral => "ip-literal",
            Self::SingleLabel => "single-label",
            Self::EmptyLabel => "empty-label",
            Self::SpecialUse => "special-use",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a host of the public internet ({})", self.as_str())
    }
}

impl std::error::Error for Refused {}

/// The first match wins, so more specific ranges come first.
const IPV4: &[(Ipv4Addr, u32, Refused)] = &[
    (Ipv4Addr::new(169, 254, 169, 254), 32, Refused::CloudService),
    (Ipv4Addr::new(168, 63, 129, 16), 32, Refused::CloudService),
    (Ipv4Addr::new(100, 100, 100, 200), 32, Refused::CloudService),
    (Ipv4Addr::new(255, 255, 255, 255), 32, Refused::Broadcast),
    (Ipv4Addr::new(0, 0, 0, 0), 8, Refused::ThisNetwork),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Refused::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Refused::SharedAddressSpace),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Refused::Loopback),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Refused::LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Refused::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Refused::ProtocolAssignment),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Refused::Documentation),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Refused::SixToFourRelay),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Refused::Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Refused::Benchmarking),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Refused::Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Refused::Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Refused::Multicast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Refused::Reserved),
];

/// The first match wins, so more specific ranges come first.
const IPV6: &[(Ipv6Addr, u32, Refused)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, Refused::Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Refused::Loopback),
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128, Refused::CloudService),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, Refused::EmbedsIpv4),
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, Refused::EmbedsIpv4),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0, 0, 0), 96, Refused::EmbedsIpv4),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, Refused::EmbedsIpv4),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, Refused::EmbedsIpv4),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, Refused::DiscardOnly),
    (Ipv6Addr::new(0x100, 0, 0, 1, 0, 0, 0, 0), 64, Refused::DiscardOnly),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, Refused::EmbedsIpv4),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Refused::ProtocolAssignment),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Refused::Documentation),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Refused::Documentation),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, Refused::EmbedsIpv4),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Refused::Private),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, Refused::LinkLocal),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, Refused::SiteLocal),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Refused::Multicast),
];

/// Last labels of names that are not in the public DNS: special use (RFC 6761, RFC 6762, RFC 7686, RFC 9476; `arpa` with
/// `home.arpa` of RFC 8375), kept for private use (`internal`, ICANN 2024), and those that will never be delegated because
/// private networks use them (`corp`, `home`, `mail`, ICANN 2018) or that resolvers and routers invent.
const SPECIAL_USE: &[&str] = &[
    "alt",
    "arpa",
    "corp",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mail",
    "onion",
    "private",
    "test",
];

/// Checks whether a connection may be opened to an address: only to global unicast of the public internet.
///
/// # Errors
/// The reason against it.
pub fn classify(ip: IpAddr) -> Result<(), Refused> {
    let reason = match ip {
        IpAddr::V4(ip) => IPV4
            .iter()
            .find(|(network, length, _)| {
                let shift = u32::BITS - length;
                ip.to_bits() >> shift == network.to_bits() >> shift
            })
            .map(|(_, _, reason)| *reason),
        IpAddr::V6(ip) => IPV6
            .iter()
            .find(|(network, length, _)| {
                let shift = u128::BITS - length;
                ip.to_bits() >> shift == network.to_bits() >> shift
            })
            .map(|(_, _, reason)| *reason)
            .or_else(|| (ip.to_bits() >> 125 != 1).then_some(Refused::NotGlobalUnicast)),
    };
    reason.map_or(Ok(()), Err)
}

/// Checks whether the spelling of a host allows it to be in the public internet: it must be a name of at least two
/// labels whose last one is in the public DNS, and not an IP address. [`classify`] judges the addresses to which it
/// resolves.
///
/// # Errors
/// The reason against it.
pub fn public_host(host: &Host<&str>) -> Result<(), Refused> {
    let Host::Domain(name) = host else {
        return Err(Refused::IpLiteral);
    };
    if host_literal(name).is_some() {
        return Err(Refused::IpLiteral);
    }
    if name.split('.').any(str::is_empty) {
        return Err(Refused::EmptyLabel);
    }
    let last = name.rsplit_once('.').ok_or(Refused::SingleLabel)?.1;
    if SPECIAL_USE.iter().any(|special| special.eq_ignore_ascii_case(last)) {
        return Err(Refused::SpecialUse);
    }
    Ok(())
}

/// The IP address of a host in any spelling that some parser accepts: decimal, octal and hexadecimal, in one to four
/// parts, full-width digits, percent-encoded, with dots at the end, with tabs and line breaks anywhere (which URL
/// parsers drop), IPv6 with and without brackets or zone. `None` for a name, and for text that is not a host.
pub fn host_literal(host: &str) -> Option<IpAddr> {
    let host = host.replace(['\t', '\n', '\r'], "");
    let host = host.trim().trim_end_matches(['.', '。', '．', '｡']);
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let unzoned = inner.split('%').next().unwrap_or_default();
    if let Ok(ip) = unzoned.parse::<Ipv6Addr>() {
        return Some(IpAddr::V6(ip));
    }
    match Host::parse(host) {
        Ok(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Ok(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        Ok(Host::Domain(_)) | Err(_) => None,
    }
}
