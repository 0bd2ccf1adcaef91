//! Tests of orders and resends that follow an earlier job.

use super::samples::*;
use crate::{
    catalog::{Kind, Style},
    classify::{Class, Diagnosis},
    conversation::*,
    job::{Brief, Order, sample_order},
    rules::Rules,
};

#[test]
fn again_begins_a_new_draft_with_everything_as_it_was_and_charges_nothing_yet() {
    for (name, place) in every_place() {
        let job = old_job();
        let mut stepped = Setting::about(job.clone()).from(place.clone(), &Input::Tap(Tap::Again(job.id)));
        if let Place::Menu { page: Page::Another(_), left } = &stepped.chat.place {
            assert_eq!(left.as_ref(), place.draft(), "{name}: the open order is not lost by a tap");
            stepped = Setting::rich().step_at(&stepped.chat, 61, &Input::Tap(Tap::StartNew));
        }
        let (draft, question) = open_order(&stepped);
        assert_eq!((question, draft.id, draft.count), (&Question::Summary, draft_id(99), Some(1)), "{name}");
        assert_eq!((draft.kind, draft.style, &draft.photo), (Some(Kind::Reels), Some(Style::Ugc), &Some(photo("old"))));
        assert_eq!(draft.brief(), job.order.brief);
        assert!(stepped.order.is_empty() && draft.id != job.id.draft);
    }
}

#[test]
fn another_style_asks_for_the_style_and_keeps_the_rest() {
    let own = Brief { about: Some("hat".into()), own_prompt: Some("a cat".into()), wishes: None };
    let job = job_of(Order { style: Style::Own, brief: own, ..sample_order(Kind::Reels) });
    let stepped = Setting::about(job.clone()).from(Place::home(), &Input::Tap(Tap::Restyle(job.id)));
    let (draft, question) = open_order(&stepped);
    assert_eq!(
        (question, &draft.about, &draft.own_prompt),
        (&Question::Style, &Answer::Given("hat".into()), &OwnPrompt::Kept("a cat".into()))
    );
    let broll = Setting::rich().from(stepped.chat.place.clone(), &Input::Tap(Tap::Style(Style::Broll)));
    assert_eq!(open_order(&broll).1, &Question::Summary);
}

#[test]
fn after_a_refused_photo_the_same_order_asks_for_another_one() {
    let job = old_job();
    let stepped = Setting::about(job.clone()).from(Place::home(), &Input::Tap(Tap::NewPhoto(job.id)));
    assert_eq!(open_order(&stepped).1, &Question::Photo);
    let given = Setting::rich().from(stepped.chat.place.clone(), &image());
    assert_eq!((open_order(&given).1, &open_order(&given).0.photo), (&Question::Summary, &Some(photo("new"))));
}

#[test]
fn after_refused_words_the_same_order_asks_for_other_words() {
    let job = old_job();
    let stepped = Setting::about(job.clone()).from(Place::home(), &Input::Tap(Tap::Reword(job.id)));
    assert_eq!((open_order(&stepped).1, &open_order(&stepped).0.photo), (&Question::Wishes, &Some(photo("old"))));
    let own = Brief { about: None, own_prompt: Some("a cat".into()), wishes: None };
    let job = job_of(Order { style: Style::Own, brief: own, ..sample_order(Kind::Reels) });
    let stepped = Setting::about(job.clone()).from(Place::home(), &Input::Tap(Tap::Reword(job.id)));
    assert_eq!(open_order(&stepped).1, &Question::OwnPrompt);
}

#[test]
fn a_style_that_the_catalog_no_longer_offers_becomes_the_first_offered_one() {
    let job = job_of(Order { style: Style::Product, ..sample_order(Kind::Reels) });
    let stepped = Setting::about(job.clone()).from(Place::home(), &Input::Tap(Tap::Again(job.id)));
    assert_eq!((open_order(&stepped).1, open_order(&stepped).0.style), (&Question::Summary, Some(Style::Ugc)));
}

#[test]
fn a_button_about_another_seller_s_job_is_an_old_button() {
    let id = old_job().id;
    for (name, place) in every_place() {
        for tap in [Tap::Again(id), Tap::Restyle(id), Tap::NewPhoto(id), Tap::Reword(id), Tap::Video(id), Tap::Resend(id)] {
            let stepped = tapped(place.clone(), tap);
            assert_eq!(where_to(&stepped), (&settled(&place), Some(Notice::OldButton)), "{name}");
            assert_eq!((stepped.order.len(), stepped.after_commit), (0, None));
        }
    }
}

#[test]
fn my_videos_are_pages_of_ten_with_the_state_of_each() {
    let recent: Vec<_> = std::iter::repeat_n(old_job(), 12).collect();
    let stepped = Setting { recent, ..Setting::rich() }.from(Place::home(), &Input::Tap(Tap::Videos));
    let Place::Menu { page: Page::Videos(videos), .. } = &stepped.chat.place else { panic!("{:?}", stepped.chat.place) };
    assert_eq!(
        (videos.len(), videos[0].state, videos[0].job),
        (11, VideoState::Making, old_job().id),
        "ten, and one to say that more follow"
    );
    let failed = old_job().ended(&Diagnosis::of(Class::TookTooLong), NOW, &Rules::default()).unwrap().0;
    let of = |job| Video::of(job, NOW, &Rules::default());
    assert_eq!([of(&failed).state, of(&delivered_job()).state], [VideoState::Failed, VideoState::Delivered]);
}

#[test]
fn a_delivered_video_is_sent_again_free_and_any_other_is_not() {
    let job = delivered_job();
    let stepped = Setting::about(job.clone()).from(Place::home(), &Input::Tap(Tap::Resend(job.id)));
    assert_eq!(stepped.after_commit, Some(AfterCommit::Resend(job.id, "video-file".into())));
    assert_eq!((stepped.order.len(), stepped.chat.notice), (0, Some(Notice::Resent)));
    let running = old_job();
    let stepped = Setting::about(running.clone()).from(Place::home(), &Input::Tap(Tap::Resend(running.id)));
    assert_eq!((stepped.after_commit, stepped.chat.notice), (None, Some(Notice::CannotResend)));
}
