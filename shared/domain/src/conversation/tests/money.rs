//! Tests of the confirm button, which pays.

use super::samples::*;
use crate::{
    catalog::Style,
    classify::{Class, Diagnosis},
    conversation::*,
    credits::{Credits, EntryKey, EntryKind},
    ids::JobId,
    limits::Limit,
    rules::Rules,
};

fn confirm(revision: u32) -> Input {
    Input::Tap(Tap::Confirm(draft_id(7), revision))
}

#[test]
fn confirming_charges_the_quoted_price_for_each_video_and_creates_their_jobs() {
    let draft = Draft { count: Some(5), quote: Some(Credits(2)), ..draft(Style::Ugc) };
    let stepped = Setting::rich().from(summary(draft.clone()), &confirm(1));
    assert_eq!(stepped.order.len(), 5);
    for (n, (job, charge)) in (1..).zip(&stepped.order) {
        assert_eq!((charge.kind, charge.amount, &charge.key), (EntryKind::Charge, -2, &EntryKey::Charge(job.id)));
        assert_eq!((job.id, job.user, job.order.count), (JobId { draft: draft.id, n }, USER, 5));
        assert_eq!(
            (job.order.price, Some(&job.order.photo), &job.order.brief),
            (Credits(2), draft.photo.as_ref(), &draft.brief())
        );
        assert_eq!(job.order.status_message, Some(41), "the message of the button becomes the order's status");
    }
    let Place::Ordered(placed) = &stepped.chat.place else { panic!("{:?}", stepped.chat.place) };
    assert_eq!((placed.draft, placed.count, placed.price), (draft.id, 5, Credits(10)));
    assert_eq!(stepped.chat.status_message, Some(41));
}

#[test]
fn a_double_tap_orders_once_and_says_that_it_is_being_made() {
    let first = after(summary(draft(Style::Ugc)), &confirm(1));
    assert_eq!(first.order.len(), 1);
    let second = Setting::default().step_at(&first.chat, 61, &confirm(1));
    assert_eq!((second.order.len(), where_to(&second)), (0, (&first.chat.place, Some(Notice::AlreadyOrdered))));
    // After the job has ended, the notice says that the button is old.
    let job = &first.order[0].0;
    let ended = job.ended(&Diagnosis::of(Class::TookTooLong), job.confirmed_at, &Rules::default()).unwrap().0;
    let late = Setting { job: Some(ended), ..Setting::default() }.step_at(&first.chat, 62, &confirm(1));
    assert_eq!((late.order.len(), where_to(&late)), (0, (&Place::home(), Some(Notice::OldButton))));
}

#[test]
fn the_same_draft_confirmed_twice_at_once_names_the_same_jobs() {
    let summary = chat(summary(draft(Style::Ugc)));
    let [one, other] = [61, 62].map(|update| Setting::default().step_at(&summary, update, &confirm(1)).order.remove(0).0.id);
    assert_eq!(one, other);
}

#[test]
fn without_enough_credits_nothing_is_ordered_the_notice_states_the_price_and_the_draft_stays() {
    let five = summary(Draft { count: Some(5), ..draft(Style::Ugc) });
    let stepped = after(five.clone(), &confirm(1));
    assert_eq!((stepped.order.len(), where_to(&stepped)), (0, (&five, Some(Notice::NotEnoughCredits(Credits(5))))));
}

#[test]
fn the_number_of_open_jobs_is_limited() {
    let place = summary(Draft { count: Some(3), ..draft(Style::Ugc) });
    for (open, orders) in [(7, 3), (8, 0)] {
        let open_jobs = (1..=open).map(|n| JobId { draft: draft_id(3), n }).collect();
        let profile = Profile { open_jobs, ..Setting::rich().profile };
        let stepped = Setting { profile, ..Setting::rich() }.from(place.clone(), &confirm(1));
        assert_eq!(stepped.order.len(), orders, "{open} open");
        assert_eq!(stepped.chat.notice, (orders == 0).then_some(Notice::TooManyOpen(10)));
        assert_eq!(stepped.refused, (orders == 0).then_some(Limit::OpenOrders));
        assert_eq!(stepped.allowance.map(|allowance| allowance.videos), (orders > 0).then_some(3));
    }
}

#[test]
fn a_limit_by_which_the_table_refused_the_order_is_explained_and_the_draft_stays() {
    let place = summary(Draft { count: Some(3), ..draft(Style::Ugc) });
    let explained = [
        (Limit::OpenOrders, Notice::TooManyOpen(10)),
        (Limit::OrdersADay, Notice::TooManyToday(40)),
        (Limit::RefundsADay, Notice::TooManyRefunds(10)),
        (Limit::FilmsADay, Notice::NoVideosLeft),
    ];
    for (limit, notice) in explained {
        let setting = Setting { refused: Some(limit), ..Setting::rich() };
        let stepped = setting.from(place.clone(), &confirm(1));
        assert_eq!((stepped.order.len(), stepped.allowance, stepped.refused), (0, None, Some(limit)));
        assert_eq!(where_to(&stepped), (&place, Some(notice)));
    }
}

#[test]
fn an_older_confirm_button_orders_nothing() {
    let summary = summary(draft(Style::Ugc));
    for tap in [Tap::Confirm(draft_id(8), 1), Tap::Confirm(draft_id(7), 2), Tap::Confirm(draft_id(7), 0)] {
        let stepped = tapped(summary.clone(), tap);
        assert_eq!((stepped.order.len(), where_to(&stepped)), (0, (&summary, Some(Notice::OldButton))));
    }
    // The seller has left the summary: the same summary is shown again, and a tap under it pays.
    let back = Place::Order { draft: draft(Style::Ugc), question: Question::Wishes };
    let away = Place::Menu { page: Page::Help, left: Some(draft(Style::Ugc)) };
    for place in [back, away] {
        let shown = after(place, &confirm(1));
        assert_eq!((shown.order.len(), where_to(&shown)), (0, (&summary, None)));
        assert_eq!(Setting::default().step_at(&shown.chat, 61, &confirm(1)).order.len(), 1);
    }
}

#[test]
fn a_price_that_was_shown_is_the_price_that_is_paid() {
    let quoted = Draft { quote: Some(Credits(3)), ..draft(Style::Ugc) };
    let away = tapped(summary(quoted), Tap::Help);
    let back = Setting::rich().step_at(&away.chat, 61, &Input::Tap(Tap::Resume));
    let paid = Setting::rich().step_at(&back.chat, 62, &confirm(1));
    assert_eq!(paid.order[0].1.amount, -3);
}

#[test]
fn a_count_that_the_catalog_no_longer_offers_becomes_one_and_the_old_button_orders_nothing() {
    let dropped = summary(Draft { count: Some(4), ..draft(Style::Ugc) });
    let asked = after(dropped, &confirm(1));
    let (open, question) = open_order(&asked);
    assert_eq!((asked.order.len(), question, open.count, open.revision), (0, &Question::Summary, Some(1), 2));
}

#[test]
fn the_cancel_of_an_old_summary_forgets_no_other_draft_and_claims_nothing_about_a_paid_one() {
    let discard = |id| Input::Tap(Tap::Discard(draft_id(id)));
    assert_eq!(where_to(&after(summary(draft(Style::Ugc)), &discard(7))), (&Place::home(), Some(Notice::Cancelled)));
    let other = after(summary(draft(Style::Ugc)), &discard(6));
    assert_eq!(where_to(&other), (&summary(draft(Style::Ugc)), Some(Notice::OldButton)));
    assert_eq!(after(placed(1), &discard(7)).chat.notice, Some(Notice::NothingToCancel));
}

#[test]
fn an_unreachable_seller_who_orders_is_not_greeted_with_an_outdated_balance() {
    let gone = Profile { reachable: false, ..profile(5, crate::locale::Locale::En) };
    let ordered = Setting { profile: gone, ..Setting::default() }.from(summary(draft(Style::Ugc)), &confirm(1));
    assert_eq!((ordered.order.len(), ordered.chat.notice, ordered.change.reachable), (1, None, Some(true)));
}
