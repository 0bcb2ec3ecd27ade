//! What goes over the wire: the package `commit.v1`, generated from `proto/commit/v1/commit.proto`, for clients that
//! call the service themselves.

#![expect(
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::clone_on_ref_ptr,
    clippy::excessive_nesting,
    unused_qualifications,
    reason = "the code is generated"
)]

tonic::include_proto!("commit.v1");
