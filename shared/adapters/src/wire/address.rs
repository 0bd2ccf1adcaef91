//! Which addresses of the internet are public. The tables follow IANA's registries of special-purpose addresses, without the few
//! entries there that are globally reachable and hold no web server.
//!
//! Sources: <https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>,
//! <https://www.iana.org/assignments/ipv6-address-space>, RFC 5771 (multicast).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(first: [u8; 4], bits: u8) -> Ipv4Net {
    let [a, b, c, d] = first;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(first: [u16; 3], bits: u8) -> Ipv6Net {
    let [a, b, c] = first;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

/// The IPv4 networks that are not public.
const SPECIAL_V4: [(Ipv4Net, &str); 15] = [
    (v4([0, 0, 0, 0], 8), "this network (RFC 791)"),
    (v4([10, 0, 0, 0], 8), "private use (RFC 1918)"),
    (v4([100, 64, 0, 0], 10), "shared address space (RFC 6598)"),
    (v4([127, 0, 0, 0], 8), "loopback (RFC 1122)"),
    // 169.254.169.254 is the metadata service of a cloud's machine.
    (v4([169, 254, 0, 0], 16), "link-local (RFC 3927)"),
    (v4([172, 16, 0, 0], 12), "private use (RFC 1918)"),
    (v4([192, 0, 0, 0], 24), "IETF protocol assignments (RFC 6890)"),
    (v4([192, 0, 2, 0], 24), "documentation (RFC 5737)"),
    (v4([192, 88, 99, 0], 24), "6to4 relay anycast (RFC 7526)"),
    (v4([192, 168, 0, 0], 16), "private use (RFC 1918)"),
    (v4([198, 18, 0, 0], 15), "benchmarking (RFC 2544)"),
    (v4([198, 51, 100, 0], 24), "documentation (RFC 5737)"),
    (v4([203, 0, 113, 0], 24), "documentation (RFC 5737)"),
    (v4([224, 0, 0, 0], 4), "multicast (RFC 5771)"),
    // The last address of this network is the limited broadcast.
    (v4([240, 0, 0, 0], 4), "reserved (RFC 1112)"),
];

/// The network of all global unicast addresses of IPv6. Outside it are loopback, unspecified, unique-local (`fc00::/7`), link-local
/// (`fe80::/10`), multicast (`ff00::/8`), discard-only, SRv6 and reserved addresses, and those that hold one of IPv4.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// The networks in [`GLOBAL_V6`] that are not public.
const SPECIAL_V6: [(Ipv6Net, &str); 4] = [
    // Teredo, benchmarking and ORCHID among them.
    (v6([0x2001, 0, 0], 23), "IETF protocol assignments (RFC 2928)"),
    (v6([0x2001, 0xdb8, 0], 32), "documentation (RFC 3849)"),
    // A 6to4 address holds one of IPv4, which may be private; 6to4 is given up (RFC 7526).
    (v6([0x2002, 0, 0], 16), "6to4 (RFC 3056)"),
    (v6([0x3fff, 0, 0], 20), "documentation (RFC 9637)"),
];

/// The network in which NAT64 puts the address of an IPv4 host (RFC 6052). A subnet with DNS64 reaches every IPv4 host by it.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0], 96);

/// Why an address is not public; `None` if it is public. An IPv6 address that stands for an address of IPv4 is judged by that one.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special(&SPECIAL_V4, |network| network.contains(&address)),
        IpAddr::V6(address) => match stands_for(address) {
            Some(inner) => not_public(IpAddr::V4(inner)),
            None if !GLOBAL_V6.contains(&address) => Some("not global unicast (RFC 4291)"),
            None => special(&SPECIAL_V6, |network| network.contains(&address)),
        },
    }
}

fn special<N>(networks: &[(N, &'static str)], holds: impl Fn(&N) -> bool) -> Option<&'static str> {
    networks.iter().find(|(network, _)| holds(network)).map(|(_, why)| *why)
}

/// The IPv4 address to which a packet to this address goes: IPv4-mapped addresses and those of NAT64.
fn stands_for(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    address.to_ipv4_mapped().or_else(|| NAT64.contains(&address).then(|| Ipv4Addr::new(a, b, c, d)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One address inside each special network, most often its first or last, and what the reason begins with.
    const REFUSED: [(&str, &str); 45] = [
        ("0.0.0.0", "this network"),
        ("0.255.255.255", "this network"),
        ("10.0.0.0", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.0", "shared"),
        ("100.100.100.200", "shared"),
        ("100.127.255.255", "shared"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.255", "loopback"),
        ("169.254.0.0", "link-local"),
        ("169.254.169.254", "link-local"),
        ("169.254.170.2", "link-local"),
        ("172.16.0.0", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.170", "IETF"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4"),
        ("192.168.0.1", "private"),
        ("192.168.255.255", "private"),
        ("198.18.0.0", "benchmarking"),
        ("198.19.255.255", "benchmarking"),
        ("198.51.100.7", "documentation"),
        ("203.0.113.7", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.0", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "not global"),
        ("::1", "not global"),
        ("::7f00:1", "not global"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.1.2.3", "private"),
        ("::ffff:169.254.169.254", "link-local"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("64:ff9b:1::808:808", "not global"),
        ("100::1", "not global"),
        ("fc00::1", "not global"),
        ("fd00:ec2::254", "not global"),
        ("fe80::1", "not global"),
        ("ff02::1", "not global"),
        ("2001::1", "IETF"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("3fff:fff::1", "documentation"),
    ];

    /// Public addresses, most of them next to a special network.
    const PUBLIC: [&str; 27] = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2001:200::1",
        "2001:db9::1",
        "2606:4700::1111",
        "3fff:1000::1",
    ];

    #[test]
    fn no_special_address_is_public() {
        for (text, begins) in REFUSED {
            let why = not_public(text.parse().unwrap()).unwrap_or_else(|| panic!("{text} counts as public"));
            assert!(why.starts_with(begins), "{text}: {why}");
        }
    }

    #[test]
    fn an_address_beside_a_special_network_is_public() {
        for text in PUBLIC {
            assert_eq!(not_public(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn the_first_and_the_last_address_of_each_special_network_is_refused() {
        for (network, why) in SPECIAL_V4 {
            assert_eq!(network.trunc(), network, "{network} does not begin at its first address");
            assert!([network.network(), network.broadcast()].iter().all(|it| not_public(IpAddr::V4(*it)).is_some()), "{why}");
        }
        for (network, why) in SPECIAL_V6 {
            assert_eq!(network.trunc(), network, "{network} does not begin at its first address");
            assert!([network.network(), network.broadcast()].iter().all(|it| not_public(IpAddr::V6(*it)).is_some()), "{why}");
        }
    }
}
