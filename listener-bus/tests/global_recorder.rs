//! The recorder of a whole process, of which there is one: this binary has one test.
#![cfg(feature = "prometheus")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, also in its helpers")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use listener_bus::LiveListenerBus;
use listener_bus::metrics::{EVENTS_POSTED, QUEUE_EVENTS_DELIVERED};
use listener_bus::prometheus::{MetricsServer, ServeError};

const SOON: Duration = Duration::from_secs(20);

fn scrape(server: &MetricsServer) -> String {
    let mut stream = TcpStream::connect_timeout(&server.local_addr(), SOON).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    answer
}

#[test]
fn one_server_records_the_whole_process_and_a_second_one_is_refused() {
    let early = LiveListenerBus::<u64>::builder().name("early").build().unwrap();
    let server = MetricsServer::builder().serve().expect("no recorder is there");

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = MetricsServer::builder().address(free).serve().unwrap_err();
    assert!(matches!(error, ServeError::AlreadyInstalled), "{error:?}");
    assert_eq!(error.to_string(), "another metrics recorder is installed already");
    TcpListener::bind(free).expect("nothing is served there");

    for name in ["one", "other"] {
        let bus = LiveListenerBus::<u64>::builder().name(name).build().unwrap();
        bus.add_to_shared_queue(|_: &u64| ()).unwrap();
        bus.start().unwrap();
        (0..7_u64).for_each(|event| assert!(bus.post(event).is_queued()));
        assert!(bus.stop(SOON).unwrap().is_drained());
    }
    let answer = scrape(&server);
    for name in ["one", "other"] {
        assert!(answer.contains(&format!("{EVENTS_POSTED}{{bus=\"{name}\"}} 7\n")), "{answer}");
        let delivered = format!("{QUEUE_EVENTS_DELIVERED}{{bus=\"{name}\",queue=\"shared\"}} 7\n");
        assert!(answer.contains(&delivered), "{answer}");
    }
    assert!(!answer.contains("early"), "built before the recorder was there: {answer}");
    drop(early);

    let local = MetricsServer::builder().serve_local().expect("needs no place of its own in the process");
    let bus = local.record(|| LiveListenerBus::<u64>::builder().name("local").build().unwrap());
    assert!(scrape(&local).contains("bus=\"local\"") && !scrape(&server).contains("bus=\"local\""));
    drop(bus);
}
