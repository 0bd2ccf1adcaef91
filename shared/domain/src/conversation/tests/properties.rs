//! Properties of any input at any place.

use super::{samples::*, strategies::*};
use crate::{conversation::*, ids::JobId, locale::Locale};
use proptest::{collection::vec, prelude::*};

proptest! {
    #[test]
    fn start_and_the_menu_always_lead_home_and_lose_no_draft(chat in chats(), balance in any::<u32>()) {
        let setting = Setting { profile: profile(balance, Locale::En), ..Setting::default() };
        for input in [Input::Start, Input::Tap(Tap::Menu), Input::Tap(Tap::OpenMenu)] {
            let stepped = setting.step(&chat, &input);
            let home = Place::Menu { page: Page::Home, left: chat.place.draft().cloned() };
            prop_assert_eq!((&stepped.chat.place, stepped.chat.notice, stepped.order.len()), (&home, None, 0));
        }
    }

    #[test]
    fn an_order_is_made_by_the_button_of_its_own_summary_and_by_nothing_else(
        chat in chats(), input in inputs(), setting in settings_of_people(),
    ) {
        let stepped = setting.step(&chat, &input);
        let shown = match (&chat.place, &input) {
            (Place::Order { draft, question: Question::Summary }, Input::Tap(Tap::Confirm(id, revision)))
                if (draft.id, draft.revision) == (*id, *revision) => Some(draft),
            _ => None,
        };
        if stepped.order.is_empty() {
            return Ok(());
        }
        let draft = shown.ok_or_else(|| TestCaseError::fail("an order without its button"))?;
        prop_assert!(setting.profile.consented_at.is_some(), "an order without consent");
        let price = draft.price().unwrap_or_default();
        let charged: i64 = stepped.order.iter().map(|(_, charge)| charge.amount).sum();
        prop_assert_eq!(charged, -i64::from(price.0));
        prop_assert!(price <= setting.profile.balance && stepped.order.len() == usize::from(draft.count.unwrap_or_default()));
        for (n, (job, charge)) in (1..).zip(&stepped.order) {
            prop_assert_eq!((job.id, job.user, charge.user), (JobId { draft: draft.id, n }, USER, USER));
        }
    }

    #[test]
    fn the_same_updates_replayed_give_the_same_state(
        updates in vec((inputs(), 0..40u64), 1..30), setting in settings_of_people(),
    ) {
        let play = || {
            let mut chat = Chat::default();
            let mut decisions = Vec::new();
            for (update, (input, secs)) in (1..).zip(&updates) {
                let now = NOW + std::time::Duration::from_secs(secs * 60);
                let step = Setting { now, profile: setting.profile.clone(), job: setting.job.clone(),
                    recent: setting.recent.clone(), ..Setting::default() }.step_at(&chat, update, input);
                chat = step.chat.clone();
                decisions.push((step.order, step.change, step.after_commit, step.silence));
            }
            (chat, decisions)
        };
        let (chat, decisions) = play();
        prop_assert_eq!(play(), (chat.clone(), decisions));
        let json = serde_json::to_string(&chat).unwrap();
        prop_assert_eq!(serde_json::from_str::<Chat>(&json).unwrap(), chat);
    }

    #[test]
    fn a_fresh_id_is_in_every_draft_that_begins(chat in chats(), input in inputs(), setting in settings_of_people()) {
        let stepped = setting.step(&chat, &input);
        // A draft that waits for the choice between two drafts already has its id.
        let asked = if let Place::Menu { page: Page::Another(draft), .. } = &chat.place { Some(&**draft) } else { None };
        let known = |draft: &Draft| chat.place.draft().into_iter().chain(asked).any(|known| known.id == draft.id);
        if let Some(draft) = stepped.chat.place.draft() && !known(draft) {
            // The id of a finished video's order follows from the failed job.
            let fresh = draft.finished.as_ref().map_or(draft_id(99), |finished| finished.id.draft);
            prop_assert_eq!(draft.id, fresh);
        }
    }

    #[test]
    fn a_changed_draft_has_another_revision(chat in chats(), input in inputs()) {
        let stepped = Setting::rich().step(&chat, &input);
        // What the summary has shown is no change of the order.
        let same = |draft: &Draft| Draft { quote: None, shown: None, revision: 0, touched_at: NOW, ..draft.clone() };
        if let (Some(before), Some(after)) = (chat.place.draft(), stepped.chat.place.draft())
            && before.id == after.id && same(before) != same(after)
        {
            prop_assert_ne!(before.revision, after.revision);
        }
    }

    #[test]
    fn a_button_reads_back_as_it_was_written_and_fits(tap in taps()) {
        let data = tap.data();
        prop_assert!((1..=BUTTON_DATA_MAX_BYTES).contains(&data.len()), "{data}");
        prop_assert_eq!(Tap::parse(&data), tap);
    }

    #[test]
    fn any_button_data_is_read_as_a_button_or_as_unknown(data in prop_oneof![".*", "[a-z]{0,8}:?[0-9a-f.:-]*"]) {
        let read = Tap::parse(&data);
        prop_assert!(read == Tap::Unknown || Tap::parse(&read.data()) == read);
    }
}

#[test]
fn data_of_no_button_is_an_unknown_button() {
    let wrong = [
        "",
        ":",
        "menu:x",
        "Menu",
        "make",
        "make:",
        "make:film",
        "style:",
        "style:Ugc",
        "count:",
        "count:03",
        "count:256",
        "speak:de",
        "prompt:",
        "confirm",
        "confirm:",
        "confirm:x:1",
        "again",
        "again:",
        "again:00000000000000000000000000000007.0",
        "video:1",
        "unknown",
        "confirm:7:1",
        "confirm:00000000000000000000000000000007:",
        "confirm:00000000000000000000000000000007:4294967296",
    ];
    for data in wrong {
        assert_eq!(Tap::parse(data), Tap::Unknown, "{data:?}");
    }
}
