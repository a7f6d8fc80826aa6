//! Oracle for address classes: the ranges as text, matched bit by bit, the longest prefix first.

use std::net::IpAddr;

use mortise_policy::address::{classify, host_literal};

/// Range and expected reason. `public` if connections are allowed.
pub(crate) const RANGES: &[(&str, &str)] = &[
    ("0.0.0.0/0", "public"),
    ("0.0.0.0/8", "this-network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared-address-space"),
    ("100.100.100.200/32", "cloud-service"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "cloud-service"),
    ("169.254.0.0/16", "link-local"),
    ("169.254.169.254/32", "cloud-service"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol-assignment"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4-relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("255.255.255.255/32", "broadcast"),
    ("::/0", "not-global-unicast"),
    ("2000::/3", "public"),
    ("::/96", "embeds-ipv4"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "embeds-ipv4"),
    ("::ffff:0:0:0/96", "embeds-ipv4"),
    ("64:ff9b::/96", "embeds-ipv4"),
    ("64:ff9b:1::/48", "embeds-ipv4"),
    ("100::/64", "discard-only"),
    ("100:0:0:1::/64", "discard-only"),
    ("2001::/23", "protocol-assignment"),
    ("2001::/32", "embeds-ipv4"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "embeds-ipv4"),
    ("3fff::/20", "documentation"),
    ("fc00::/7", "private"),
    ("fd00:ec2::254/128", "cloud-service"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
];

/// Checks one address against the ranges, and its own spellings against `host_literal`.
pub(crate) fn check(ip: IpAddr) {
    let found = classify(ip).map_or_else(|reason| reason.as_str(), |()| "public");
    assert_eq!(found, expected(ip), "{ip}");
    assert_eq!(host_literal(&ip.to_string()), Some(ip));
}

/// Checks that every text that the standard library or the URL parser reads as an address is recognised as one.
pub(crate) fn check_text(text: &str) {
    let found = host_literal(text);
    if let Ok(ip) = text.parse::<IpAddr>() {
        assert_eq!(found, Some(ip), "{text:?}");
    }
    // Texts with a port, or with more than an authority, are not hosts. Colons inside brackets are allowed.
    let has_port = text.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
    if !has_port
        && !text.contains(['/', '\\', '?', '#', '@'])
        && let Ok(url) = url::Url::parse(&format!("https://{text}/"))
    {
        let literal = !matches!(url.host(), Some(url::Host::Domain(_)));
        assert!(!literal || found.is_some(), "{text:?} is an address to the URL parser");
    }
}

fn expected(ip: IpAddr) -> &'static str {
    let address = bits(ip);
    RANGES
        .iter()
        .map(|(range, reason)| (prefix(range), *reason))
        .filter(|(prefix, _)| prefix.0 == ip.is_ipv4() && address.starts_with(&prefix.1))
        .max_by_key(|(prefix, _)| prefix.1.len())
        .unwrap()
        .1
}

/// Whether a range is IPv4, and its prefix as a text of zeros and ones.
pub(crate) fn prefix(range: &str) -> (bool, String) {
    let (network, length) = range.split_once('/').unwrap();
    let network: IpAddr = network.parse().unwrap();
    (network.is_ipv4(), bits(network)[..length.parse().unwrap()].to_owned())
}

fn bits(ip: IpAddr) -> String {
    let octets = match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    octets.iter().map(|octet| format!("{octet:08b}")).collect()
}
