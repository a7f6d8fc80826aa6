//! References to registries on this machine.

/// Whether the host in a reference is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = host
        .strip_prefix('[')
        .map_or_else(|| host.split(':').next().unwrap_or_default(), |rest| rest.split(']').next().unwrap_or_default());
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
