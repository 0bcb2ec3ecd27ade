//! Addresses on a command line.

use std::net::{SocketAddr, ToSocketAddrs};

/// An address and a port; the host may be a name.
///
/// # Errors
/// Why it is none.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let mut addresses = text.to_socket_addrs().map_err(|error| error.to_string())?;
    addresses.next().ok_or_else(|| "it is no address".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_a_name() {
        assert_eq!(address("127.0.0.1:0"), Ok(SocketAddr::from(([127, 0, 0, 1], 0))));
        assert!(address("localhost:9464").is_ok());
        assert!(address("127.0.0.1").is_err());
    }
}
