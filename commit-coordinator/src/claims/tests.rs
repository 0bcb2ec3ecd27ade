//! Leases, with a clock that the test moves.

use super::{Asked, Claims, Completed, Grant, Lease};
use crate::completion::Ending;
use crate::permit::FencingToken;
use crate::task::{AttemptId, AttemptNumber};
use crate::verdict::DenialReason;

fn attempt(number: i64) -> AttemptId {
    AttemptId { attempt_number: AttemptNumber(number), ..AttemptId::default() }
}

#[test]
fn a_lease_ends_on_time_and_asking_again_renews_it() {
    let mut claims = Claims::new(2, FencingToken::default());
    assert_eq!(claims.ask(0, attempt(0), Lease(10)), Asked::Granted(Grant::New(FencingToken::new(1))));
    assert_eq!(claims.ask(1, attempt(0), Lease(12)), Asked::Granted(Grant::New(FencingToken::new(2))));
    assert_eq!(claims.next_lease(), Some(Lease(10)));
    assert_eq!(claims.expire(Lease(9)), None);
    assert_eq!(claims.ask(0, attempt(0), Lease(15)), Asked::Granted(Grant::Repeated(FencingToken::new(1))));
    assert_eq!(claims.next_lease(), Some(Lease(12)));
    let (partition, hold) = claims.expire(Lease(12)).unwrap();
    assert_eq!((partition, hold.holder, hold.token.get()), (1, attempt(0), 2));
    assert_eq!(claims.expire(Lease(12)), None);
    assert_eq!((claims.held, claims.unknown), (1, 1));
    // It may still tell.
    assert_eq!(claims.complete(1, attempt(0), Ending::Succeeded), Completed::Committed(FencingToken::new(2)));
}

#[test]
fn a_grant_that_has_ended_has_no_lease() {
    for ending in [Ending::Succeeded, Ending::Failed, Ending::Lost, Ending::Denied, Ending::OutputLost] {
        let mut claims = Claims::new(1, FencingToken::default());
        claims.ask(0, attempt(0), Lease(10));
        claims.complete(0, attempt(0), ending);
        assert_eq!(claims.next_lease(), None, "{ending:?}");
    }
}

#[test]
fn an_attempt_whose_lease_has_ended_waits_like_others_until_it_is_known_what_it_did() {
    let mut claims = Claims::new(1, FencingToken::default());
    claims.ask(0, attempt(0), Lease(1));
    claims.expire(Lease(1));
    let unknown = Asked::Denied(DenialReason::OutcomeUnknown { holder: attempt(0) });
    assert_eq!(claims.ask(0, attempt(0), Lease(2)), unknown);
    assert_eq!(claims.ask(0, attempt(1), Lease(2)), unknown);
}

#[test]
fn a_partition_is_small() {
    assert_eq!(size_of::<super::Claim>(), 24);
}
