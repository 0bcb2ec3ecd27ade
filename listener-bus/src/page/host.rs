//! The names that a page without a token goes by.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a `Host` header names this machine as nobody else can: as `localhost`, or by an address.
pub(super) fn is_ours(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => name.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_and_addresses_are_ours_with_and_without_a_port() {
        for host in ["localhost", "LocalHost:8080", "127.0.0.1", "192.0.2.1:80", "[::1]", "[::1]:4040"] {
            assert!(is_ours(host), "{host}");
        }
    }

    #[test]
    fn names_that_somebody_can_own_are_not_ours() {
        for host in [
            "",
            ":80",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "localhost:x",
            "::1",
            "[::1",
            "[localhost]",
            "user@localhost",
            "127.0.0.1, example.com",
        ] {
            assert!(!is_ours(host), "{host}");
        }
    }
}
