//! Address classes: the edges of every range, random addresses, and every spelling of an address as a host.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "oracle/address.rs"]
mod oracle;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mortise_policy::address::{Refused, classify, host_literal, public_host};
use proptest::prelude::*;
use url::Host;

/// The first and the last address of a range, and their neighbours outside.
fn edges(range: &str) -> Vec<IpAddr> {
    let (v4, prefix) = oracle::prefix(range);
    let width = if v4 { 32 } else { 128 };
    let first = u128::from_str_radix(&format!("{prefix:0<width$}"), 2).unwrap();
    let last = u128::from_str_radix(&format!("{prefix:1<width$}"), 2).unwrap();
    let most = if v4 { u128::from(u32::MAX) } else { u128::MAX };
    let address = |bits: u128| match u32::try_from(bits) {
        Ok(bits) if v4 => IpAddr::V4(Ipv4Addr::from_bits(bits)),
        _ => IpAddr::V6(Ipv6Addr::from_bits(bits)),
    };
    vec![first.saturating_sub(1), first, first + (last - first) / 2, last, last.saturating_add(1).min(most)]
        .into_iter()
        .map(address)
        .collect()
}

#[test]
fn every_range_is_exact_at_its_edges() {
    for (range, _) in oracle::RANGES {
        edges(range).into_iter().for_each(oracle::check);
    }
}

#[test]
fn public_addresses_pass() {
    for ip in [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "2606:4700::1111",
        "2a00:1450::1",
    ] {
        assert_eq!(classify(ip.parse().unwrap()), Ok(()), "{ip}");
    }
}

#[test]
fn the_addresses_that_attacks_are_after_are_refused_with_their_reason() {
    for (ip, reason) in [
        ("169.254.169.254", Refused::CloudService),
        ("168.63.129.16", Refused::CloudService),
        ("100.100.100.200", Refused::CloudService),
        ("fd00:ec2::254", Refused::CloudService),
        ("127.0.0.1", Refused::Loopback),
        ("::1", Refused::Loopback),
        ("0.0.0.0", Refused::ThisNetwork),
        ("::", Refused::Unspecified),
        ("::ffff:127.0.0.1", Refused::EmbedsIpv4),
        ("::ffff:8.8.8.8", Refused::EmbedsIpv4),
        ("::127.0.0.1", Refused::EmbedsIpv4),
        ("::ffff:0:127.0.0.1", Refused::EmbedsIpv4),
        ("64:ff9b::a9fe:a9fe", Refused::EmbedsIpv4),
        ("64:ff9b:1::a9fe:a9fe", Refused::EmbedsIpv4),
        ("2002:7f00:1::", Refused::EmbedsIpv4),
        ("2001:0:53aa:64c:0:fffe:80ff:fffe", Refused::EmbedsIpv4),
        ("4000::1", Refused::NotGlobalUnicast),
        ("5f00::1", Refused::NotGlobalUnicast),
    ] {
        assert_eq!(classify(ip.parse().unwrap()), Err(reason), "{ip}");
    }
}

#[test]
fn every_spelling_of_an_address_is_seen() {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    for host in [
        "127.0.0.1",
        "127.0.0.1.",
        "127.0.0.1..",
        " 127.0.0.1 ",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0X7F000001",
        "0x7f.1",
        "0x7f.0x0.0x0.0x1",
        "0177.0.0.1",
        "0177.1",
        "017700000001",
        "00000177.0.0.1",
        "127.0x0.00.1",
        "127.0.0.0x1",
        "１２７.０.０.１",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "127.0.0.1。",
        "127．0．0．1",
        "127｡0｡0｡1",
        "%31%32%37.0.0.1",
        "127%2e0%2e0%2e1",
        "127%2e0%2e0%2e1%2e",
        "1\t2\r7.0.\n0.1",
        "%3\n127.0.0.1",
    ] {
        assert_eq!(host_literal(host), Some(loopback), "{host:?}");
        assert_eq!(public_host(&Host::Domain(host)), Err(Refused::IpLiteral), "{host:?}");
    }
    for (host, ip) in [
        ("0", "0.0.0.0"),
        ("0.", "0.0.0.0"),
        ("0x", "0.0.0.0"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("[::1].", "::1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("[::ffff:7f00:1]", "::ffff:127.0.0.1"),
        ("[fe80::1%25eth0]", "fe80::1"),
        ("fe80::1%eth0", "fe80::1"),
    ] {
        assert_eq!(host_literal(host), Some(ip.parse().unwrap()), "{host:?}");
    }
}

#[test]
fn names_and_nonsense_are_no_addresses() {
    for host in
        ["api.vendor.com", "127.0.0.1.nip.io", "1.2.3.4.5", "256.0.0.1", "[::1", "", ".", "a b", "xn--a", "localhost"]
    {
        assert_eq!(host_literal(host), None, "{host:?}");
    }
}

#[test]
fn only_names_of_the_public_dns_are_public_hosts() {
    for host in ["api.vendor.com", "example.com", "127.0.0.1.nip.io", "a.b.c.d.dev", "xn--bcher-kva.example.org"] {
        assert_eq!(public_host(&Host::Domain(host)), Ok(()), "{host}");
    }
    assert_eq!(public_host(&Host::Ipv4(Ipv4Addr::new(8, 8, 8, 8))), Err(Refused::IpLiteral));
    assert_eq!(public_host(&Host::Ipv6("2606:4700::1111".parse().unwrap())), Err(Refused::IpLiteral));
    for host in ["localhost", "LOCALHOST", "vendor", "metadata"] {
        assert_eq!(public_host(&Host::Domain(host)), Err(Refused::SingleLabel), "{host}");
    }
    for host in ["", ".", "localhost.", "api.vendor.com.", ".vendor.com", "api..com"] {
        assert_eq!(public_host(&Host::Domain(host)), Err(Refused::EmptyLabel), "{host}");
    }
    for host in [
        "printer.local",
        "metadata.google.internal",
        "METADATA.Google.INTERNAL",
        "app.localhost",
        "vendor.test",
        "vendor.example",
        "vendor.invalid",
        "router.home.arpa",
        "1.0.0.127.in-addr.arpa",
        "abc.onion",
        "x.alt",
        "nas.lan",
        "dc.corp",
        "tv.home",
        "a.mail",
        "wiki.intranet",
        "db.private",
        "localhost.localdomain",
    ] {
        assert_eq!(public_host(&Host::Domain(host)), Err(Refused::SpecialUse), "{host}");
    }
}

#[test]
fn reasons_have_names_for_logs_and_a_text_for_people() {
    assert_eq!(Refused::CloudService.as_str(), "cloud-service");
    assert_eq!(Refused::SpecialUse.to_string(), "not a host of the public internet (special-use)");
}

/// Addresses near the edges of the ranges, where mistakes are.
fn near_an_edge() -> impl Strategy<Value = IpAddr> {
    let edges: Vec<IpAddr> = oracle::RANGES.iter().flat_map(|(range, _)| edges(range)).collect();
    (prop::sample::select(edges), -3_i8..=3).prop_map(|(ip, offset)| match ip {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits().wrapping_add_signed(i32::from(offset)))),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits().wrapping_add_signed(i128::from(offset)))),
    })
}

/// Writes one of the four parts of an address in this notation.
fn part(value: u32, notation: u8) -> String {
    match notation {
        0 => value.to_string(),
        1 => format!("0x{value:x}"),
        2 => format!("0X{value:X}"),
        _ => format!("0{value:o}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn classes_agree_with_the_ranges(ip in prop_oneof![any::<IpAddr>(), near_an_edge()]) {
        oracle::check(ip);
    }

    #[test]
    fn an_address_is_seen_in_any_mix_of_notations(octets in any::<[u8; 4]>(), notations in [0_u8..4, 0..4, 0..4, 0..4], parts in 1_usize..=4, dots in 0_usize..3) {
        let mut values: Vec<u32> = octets[..parts - 1].iter().map(|octet| u32::from(*octet)).collect();
        values.push(octets[parts - 1..].iter().fold(0, |value, octet| value << 8 | u32::from(*octet)));
        let text: Vec<String> = values.iter().zip(notations).map(|(value, notation)| part(*value, notation)).collect();
        let host = format!("{}{}", text.join("."), ".".repeat(dots));
        prop_assert_eq!(host_literal(&host), Some(IpAddr::V4(Ipv4Addr::from(octets))), "{}", host);
    }

    #[test]
    fn no_text_is_an_address_to_a_parser_and_a_name_to_us(text in prop_oneof![any::<String>(), "[0-9a-fxX.:%\\[\\]。１]{0,20}"]) {
        oracle::check_text(&text);
    }
}
