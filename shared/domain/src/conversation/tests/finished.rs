//! Tests of orders of a finished video that could not be delivered, and of films as files.

use super::samples::*;
use crate::{
    catalog::Kind,
    conversation::*,
    credits::{Credits, EntryKind},
    job::{Finished, Job, Making, Receipt, SentAs, State},
    rules::Rules,
};

/// The summary that follows the tap under the failure notice.
fn offered() -> (Job, Step) {
    let job = undelivered_job();
    let stepped = Setting::about(job.clone()).from(Place::home(), &Input::Tap(Tap::SendFinished(job.id)));
    (job, stepped)
}

#[test]
fn a_finished_video_is_ordered_with_one_tap_on_its_summary_at_the_price_it_had() {
    let (job, stepped) = offered();
    let (draft, question) = open_order(&stepped);
    assert_eq!((question, draft.price(), stepped.order.len()), (&Question::Summary, Some(job.order.price), 0));
    let confirm = Input::Tap(Tap::Confirm(draft.id, draft.revision));
    let paid = Setting::rich().step_at(&stepped.chat, 61, &confirm);
    let (new, charge) = &paid.order[0];
    assert_eq!((paid.order.len(), charge.kind, charge.amount), (1, EntryKind::Charge, -i64::from(job.order.price.0)));
    let State::Ready { video_key, ready_at, attempts: 0, .. } = &new.state else { panic!("{:?}", new.state) };
    assert_eq!((video_key, *ready_at), (&Job::video_key(job.user, job.id), NOW), "the film is sent, and kept from its own date");
    assert_eq!((new.making.film, new.order.count), (job.making.film, 1));
    assert_ne!(new.id, job.id);
    let twice = Setting::rich().step_at(&paid.chat, 62, &confirm);
    assert_eq!((twice.order.len(), twice.chat.notice), (0, Some(Notice::AlreadyOrdered)));
    let new = paid.order[0].0.clone();
    let other = Setting::about(new).step_at(&stepped.chat, 63, &confirm);
    assert_eq!((other.order.len(), where_to(&other)), (0, (&Place::home(), Some(Notice::FinishedOnce))), "once, from any button");
    let poor =
        Setting { profile: profile(0, crate::locale::Locale::En), ..Setting::default() }.step_at(&stepped.chat, 61, &confirm);
    assert_eq!((poor.order.len(), poor.chat.notice), (0, Some(Notice::NotEnoughCredits(Credits(1)))));
}

#[test]
fn nothing_of_a_finished_video_can_be_changed() {
    let (_, stepped) = offered();
    for tap in [Tap::EditStyle, Tap::EditWishes, Tap::Count(3), Tap::Length(10), Tap::Choose(Kind::Neurocard), Tap::Next] {
        let tried = Setting::rich().step_at(&stepped.chat, 61, &Input::Tap(tap.clone()));
        assert_eq!(where_to(&tried), (&stepped.chat.place, Some(Notice::OldButton)), "{tap:?}");
    }
    let said = Setting::rich().step_at(&stepped.chat, 61, &text("snow"));
    assert_eq!(where_to(&said), (&stepped.chat.place, Some(Notice::ChooseAButton)));
    let begun = Setting::rich().step_at(&stepped.chat, 61, &image());
    assert_eq!((open_order(&begun).1, &open_order(&begun).0.finished), (&Question::Kind, &None), "a photo begins another order");
}

#[test]
fn a_finished_video_is_not_offered_once_its_hold_ends() {
    let (job, stepped) = offered();
    let rules = Rules::default();
    let last = NOW + rules.hold - rules.delivery_deadline;
    let at = |now| Setting { now, ..Setting::about(job.clone()) };
    let tap = Input::Tap(Tap::SendFinished(job.id));
    assert!(at(last).from(Place::home(), &tap).chat.place.draft().is_some());
    let late = at(last + std::time::Duration::from_secs(1));
    assert_eq!(where_to(&late.from(Place::home(), &tap)), (&Place::home(), Some(Notice::FilmGone)));
    let making = Making { arrived_unpaid: true, ..job.making.clone() };
    let arrived = Setting::about(Job { making, ..job.clone() }).from(Place::home(), &tap);
    assert_eq!(arrived.chat.notice, Some(Notice::FilmArrived), "a film that arrived is not sold again");
    let draft = open_order(&stepped).0;
    let paid = Setting { job: None, ..late }.step_at(&stepped.chat, 61, &Input::Tap(Tap::Confirm(draft.id, draft.revision)));
    assert_eq!((paid.order.len(), where_to(&paid)), (0, (&Place::home(), Some(Notice::FilmGone))));
    for other in [old_job(), delivered_job()] {
        let none = Setting::about(other.clone()).from(Place::home(), &Input::Tap(Tap::SendFinished(other.id)));
        assert_eq!(where_to(&none), (&Place::home(), Some(Notice::FilmGone)));
    }
}

#[test]
fn a_delivered_video_comes_as_a_file_free_and_one_at_a_time() {
    let job = delivered_job();
    let tap = Input::Tap(Tap::AsFile(job.id));
    let setting = |secs| Setting { now: NOW + std::time::Duration::from_secs(secs), ..Setting::about(job.clone()) };
    let first = setting(0).from(Place::home(), &tap);
    assert_eq!((first.after_commit.clone(), first.order.len()), (Some(AfterCommit::File(job.id)), 0));
    assert_eq!(first.chat.notice, Some(Notice::FileSoon));
    let soon = setting(29).step_at(&first.chat, 61, &tap);
    assert_eq!((soon.after_commit, soon.chat.notice), (None, Some(Notice::FileAsked)));
    assert_eq!(setting(30).step_at(&first.chat, 61, &tap).after_commit, Some(AfterCommit::File(job.id)));
    let full = Chat { filed: Some(Filed { since: NOW, last: NOW, job: job.id, files: FILES_A_DAY_MAX }), ..first.chat.clone() };
    let refused = setting(60).step_at(&full, 61, &tap);
    assert_eq!((refused.after_commit, refused.chat.notice), (None, Some(Notice::TooManyFiles(20))));
    assert_eq!(setting(24 * 3600).step_at(&full, 61, &tap).after_commit, Some(AfterCommit::File(job.id)));
    let expired = setting(Rules::default().hold.as_secs()).from(Place::home(), &tap);
    assert_eq!((expired.after_commit, expired.chat.notice), (None, Some(Notice::FilmGone)));
    let running = old_job();
    let none = Setting::about(running.clone()).from(Place::home(), &Input::Tap(Tap::AsFile(running.id)));
    assert_eq!((none.after_commit, none.chat.notice), (None, Some(Notice::CannotResend)));
    // The file of another film comes at once.
    let two = Filed { job: old_job().id.replay(), files: 1, ..full.filed.unwrap() };
    let other = setting(1).step_at(&Chat { filed: Some(two), ..full.clone() }, 61, &tap);
    assert_eq!(other.after_commit, Some(AfterCommit::File(job.id)));
}

#[test]
fn a_film_that_a_tap_proves_is_not_sold_from_an_open_summary() {
    let (job, stepped) = offered();
    let making = Making { arrived_unpaid: true, ..job.making.clone() };
    let arrived = Job { making, ..job.clone() };
    // The tap under the film that arrived, then the summary's button.
    let tapped = Setting::about(arrived).step_at(&stepped.chat, 61, &Input::Tap(Tap::AsFile(job.id)));
    assert!(tapped.chat.place.draft().is_none(), "{:?}", tapped.chat.place);
    let (draft, _) = open_order(&stepped);
    let paid = Setting::rich().step_at(&tapped.chat, 62, &Input::Tap(Tap::Confirm(draft.id, draft.revision)));
    assert_eq!((paid.order.len(), paid.chat.notice), (0, Some(Notice::OldButton)));
}

#[test]
fn the_film_of_another_job_is_kept_from_its_own_date() {
    let (job, rules) = (undelivered_job(), Rules::default());
    let later = NOW + rules.hold - rules.delivery_deadline;
    let finished = Finished::of(&job, later, &rules).unwrap();
    let sent = Job::of_finished(USER, finished.id, finished.order.clone(), &finished, later, &rules);
    let receipt = Receipt { file_id: None, message_id: 1, sent_as: SentAs::Video };
    let delivered = sent.delivered(receipt, later, &rules).unwrap().0;
    assert!(delivered.film_is_kept(later, &rules) && !delivered.film_is_kept(NOW + rules.hold, &rules));
}
