//! Tasks meet and exchange.

use bytes::Bytes;
use listener_bus::events::PartitionId;

use barrier::{BarrierError, BarrierTaskContext, BarrierTaskInfo, Messages};

use crate::support::{SOON, barrier, gang, gather, patient, run, stage, task};

fn texts(messages: &Messages) -> Vec<&str> {
    messages.iter().map(|message| std::str::from_utf8(message).unwrap()).collect()
}

#[test]
fn nobody_goes_on_before_all_have_come() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b, mut c] = gang(&coordinator);
    let (first, second) = (barrier(&mut a).waits(), barrier(&mut b).waits());
    barrier(&mut c).ok();
    first.ok();
    second.ok();
    assert_eq!([a.barrier_epoch(), b.barrier_epoch(), c.barrier_epoch()], [1, 1, 1]);
}

#[test]
fn a_single_task_waits_for_nobody() {
    let coordinator = patient().build().unwrap();
    let [mut alone] = gang(&coordinator);
    for epoch in 0..3 {
        assert_eq!(alone.barrier_epoch(), epoch);
        alone.barrier().unwrap();
    }
    assert_eq!(texts(&alone.all_gather("it").unwrap()), ["it"]);
    assert_eq!(coordinator.snapshot().counts.barriers, 3);
    assert_eq!(coordinator.snapshot().counts.all_gathers, 1);
}

#[test]
fn messages_come_by_partition_whatever_the_order_of_arrival() {
    let coordinator = patient().build().unwrap();
    let [mut a, mut b, mut c, mut d] = gang(&coordinator);
    let third = gather(&mut c, "2").waits();
    let first = gather(&mut a, "0").waits();
    let fourth = gather(&mut d, "3").waits();
    let second = gather(&mut b, "1").ok();
    for messages in [first.ok(), second, third.ok(), fourth.ok()] {
        assert_eq!(texts(&messages), ["0", "1", "2", "3"]);
    }
}

#[test]
fn what_was_gathered_stays_as_it_is_while_later_rounds_go_by() {
    let coordinator = patient().build().unwrap();
    let results = run::<_, 2>(gang(&coordinator), |mut context| {
        let gathered = context.all_gather_text(context.partition_id().to_string()).unwrap();
        let shared = context.all_gather(context.partition_id().to_string()).unwrap();
        context.barrier().unwrap();
        context.all_gather("something else").unwrap();
        (gathered, texts(&shared).join(" "))
    });
    for (gathered, shared) in results {
        assert_eq!(gathered, ["0", "1"]);
        assert_eq!(shared, "0 1");
    }
}

#[test]
fn threads_meet_round_after_round_in_step() {
    const ROUNDS: u64 = 500;
    let coordinator = patient().build().unwrap();
    let seen = run::<_, 8>(gang(&coordinator), |mut context| {
        let mut out_of_step = 0;
        for round in 0..ROUNDS {
            context.barrier().unwrap();
            let messages = context.all_gather(round.to_le_bytes().to_vec()).unwrap();
            out_of_step += messages.iter().filter(|message| ***message != round.to_le_bytes()).count();
        }
        (out_of_step, context.barrier_epoch())
    });
    assert_eq!(seen, [(0, 2 * ROUNDS); 8]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn async_tasks_and_threads_meet_in_one_gang() {
    const ROUNDS: u64 = 200;
    let coordinator = patient().build().unwrap();
    let [a, b, c, d] = gang(&coordinator);
    let meet = async |mut context: BarrierTaskContext| {
        for _ in 0..ROUNDS {
            context.barrier_async().await.unwrap();
        }
        context.barrier_epoch()
    };
    let tasks = [a, b].map(|context| tokio::spawn(meet(context)));
    let threads = [c, d].map(|mut context| {
        tokio::task::spawn_blocking(move || {
            (0..ROUNDS).for_each(|_| context.barrier().unwrap());
            context.barrier_epoch()
        })
    });
    for task in tasks.into_iter().chain(threads) {
        let epoch = tokio::time::timeout(SOON, task).await.expect("in time").unwrap();
        assert_eq!(epoch, ROUNDS);
    }
}

#[test]
fn bytes_that_are_no_text_are_told_from_text() {
    let coordinator = patient().build().unwrap();
    let [text, bytes] = run::<_, 2>(gang(&coordinator), |mut context| match context.partition_id() {
        PartitionId(0) => context.all_gather_text("text").map(drop),
        _ => context.all_gather(Bytes::from_static(&[0xff])).map(drop),
    });
    let Err(BarrierError::NotText { round, partition }) = text else { panic!("{text:?}") };
    assert_eq!((round.epoch, partition), (0, PartitionId(1)));
    bytes.unwrap();
}

#[test]
fn a_task_knows_its_place() {
    let coordinator = patient().build().unwrap();
    let infos = ["one:1", "two:2"].map(BarrierTaskInfo::from);
    let context = coordinator.context(task(2, 1).task_infos(infos.clone())).unwrap();
    assert_eq!(context.partition_id(), PartitionId(1));
    assert_eq!(context.stage_attempt(), stage(0, 0));
    assert_eq!(context.task_infos(), infos);
    assert_eq!(context.num_tasks(), 2);
    assert_eq!(context.barrier_epoch(), 0);
    assert_eq!(context.ended(), None);
}
