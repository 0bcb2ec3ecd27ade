//! The JSON documents the protocol writes: a version and a checksum around a body.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::DocumentFlaw;

/// The version of all documents that this release writes.
pub(crate) const VERSION: u32 = 1;

/// Only this much is promised of documents of later versions.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    version: u32,
    crc32: u32,
    body: Box<RawValue>,
}

/// The bytes of a document.
pub(crate) fn seal<T: Serialize>(body: &T) -> Result<Vec<u8>, DocumentFlaw> {
    let body = serde_json::value::to_raw_value(body).map_err(DocumentFlaw::json)?;
    let crc32 = crc32fast::hash(body.get().as_bytes());
    serde_json::to_vec(&Sealed { version: VERSION, crc32, body }).map_err(DocumentFlaw::json)
}

/// The body of a document.
pub(crate) fn unseal<T: DeserializeOwned>(document: &[u8]) -> Result<T, DocumentFlaw> {
    let AnyVersion { version } = serde_json::from_slice(document).map_err(DocumentFlaw::json)?;
    if version > VERSION {
        return Err(DocumentFlaw::Newer { version, supported: VERSION });
    }
    let sealed: Sealed = serde_json::from_slice(document).map_err(DocumentFlaw::json)?;
    let found = crc32fast::hash(sealed.body.get().as_bytes());
    if found != sealed.crc32 {
        return Err(DocumentFlaw::Checksum { expected: sealed.crc32, found });
    }
    serde_json::from_str(sealed.body.get()).map_err(DocumentFlaw::json)
}
