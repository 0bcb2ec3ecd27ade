//! The certificate and the key of the server.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tonic::transport::{Identity, ServerTlsConfig};

/// How long a client may take to agree on a key.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How a certificate begins.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
/// How the first line of a private key of any kind ends.
const PRIVATE_KEY: &str = "PRIVATE KEY-----";

/// Where both are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Files<'a> {
    cert: &'a Path,
    key: &'a Path,
}

impl fmt::Display for Files<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate {} with the key {}", self.cert.display(), self.key.display())
    }
}

impl<'a> Files<'a> {
    pub(crate) fn new(cert: &'a Path, key: &'a Path) -> Self {
        Self { cert, key }
    }

    /// Reads them; whether they are in order and belong together shows when they are used.
    pub(crate) fn read(self) -> anyhow::Result<ServerTlsConfig> {
        let (cert, key) = (read(self.cert)?, read(self.key)?);
        ensure!(cert.contains(CERTIFICATE), "{} has no certificate in PEM format", self.cert.display());
        ensure!(key.contains(PRIVATE_KEY), "{} has no private key in PEM format", self.key.display());
        Ok(ServerTlsConfig::new().identity(Identity::from_pem(cert, key)).timeout(HANDSHAKE))
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
