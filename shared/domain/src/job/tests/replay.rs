//! Tests of the free replay of a failed job.

use super::samples::*;

fn replay(job: &Job, kept: Option<&str>) -> Result<Job, InvalidTransition> {
    job.replayed(
        JobId { draft: DraftId(uuid::Uuid::from_u128(2)), n: 1 },
        kept.map(|key| KeptFilm { key: key.to_owned(), stored_at: at(100) }),
        at(900),
        &rules(),
    )
}

/// A failed job of an order of three videos.
fn one_of_three() -> Job {
    let job = failed(Notified::Yes);
    Job { order: Order { count: 3, status_message: Some(11), ..job.order.clone() }, ..job }
}

#[test]
fn a_replay_is_an_order_of_one_video_for_nothing_with_a_status_of_its_own() {
    let failed = one_of_three();
    let replay = replay(&failed, None).unwrap();
    assert_eq!((replay.order.price, replay.order.count, replay.order.status_message), (Credits(0), 1, None));
    let as_before = Order { price: failed.order.price, count: 3, status_message: Some(11), ..replay.order.clone() };
    assert_eq!(as_before, failed.order, "the same product");
    assert_ne!(replay.id, failed.id);
    assert_eq!((replay.user, replay.confirmed_at, replay.version), (failed.user, at(900), 1));
}

#[test]
fn a_replay_makes_a_new_video_or_sends_the_kept_one() {
    let anew = replay(&one_of_three(), None).unwrap();
    assert_eq!(anew.state, State::Queued { attempts: 0, postponed: 0 });
    let sent = replay(&one_of_three(), Some("videos/5/x.mp4")).unwrap();
    let delivery = Delivery { opened_at: Some(at(900)), ..Delivery::default() };
    assert_eq!(sent.state, State::Ready { video_key: "videos/5/x.mp4".into(), ready_at: at(100), attempts: 0, delivery });
    assert_eq!(sent.deadline(&rules()), Some(at(1800)), "the window opens now; the hold counts from the film's own date");
    let soon = at(900) + rules().poll_delays.after(0);
    assert_eq!((anew.due_at, sent.due_at), (Some(soon), Some(soon)));
}

#[test]
fn only_a_job_that_failed_is_replayed() {
    for job in every_stage() {
        let has_failed = matches!(job.state, State::Failed { .. });
        assert_eq!(replay(&job, None).is_ok(), has_failed, "{}", job.state.name());
    }
}

#[test]
fn a_video_is_kept_under_its_person_and_job() {
    let job = queued();
    assert_eq!(Job::video_key(job.user, job.id), format!("videos/5/{}.mp4", job.id));
}
