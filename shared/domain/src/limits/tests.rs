//! Tests of the limits.

use super::*;
use crate::{
    catalog::Kind,
    classify::Diagnosis,
    credits::Credits,
    ids::{DraftId, JobId, UserId},
    job::{Order, sample_order},
    rules::Rules,
};
use proptest::{collection::vec, prelude::*, sample::select};

fn limits() -> impl Strategy<Value = Limits> {
    let person = (1..30u32, 1..60u32, 1..30u32);
    (person, 1..200u32, 1..200u32, 0..=99u32).prop_map(|((open_orders, orders_a_day, refunds_a_day), films, gifts, kept)| {
        Limits {
            open_orders,
            orders_a_day,
            refunds_a_day,
            films_a_day: films,
            gifts_a_day: gifts,
            films_kept_for_buyers_percent: kept,
        }
    })
}

fn buyers() -> impl Strategy<Value = Buyer> {
    select(vec![Buyer::Yes, Buyer::NotYet])
}

/// One event of a day.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A person orders videos. The shard is the first that is tried.
    Order { person: usize, videos: u32, shard: u8 },
    /// One open video of a person ends, and counts as a refund or not.
    End { person: usize, counts: bool },
    /// The day ends.
    Midnight,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let order = (0..3usize, 1..6u32, 0..SHARDS).prop_map(|(person, videos, shard)| Event::Order { person, videos, shard });
    let end = (0..3usize, any::<bool>()).prop_map(|(person, counts)| Event::End { person, counts });
    vec(prop_oneof![8 => order, 8 => end, 1 => Just(Event::Midnight)], 1..120)
}

#[derive(Clone, Copy, Debug, Default)]
struct Person {
    open: u32,
    orders: u32,
    refunds: u32,
}

proptest! {
    #[test]
    fn whatever_people_order_and_whatever_fails_no_limit_is_passed(limits in limits(), buyer in buyers(), events in events()) {
        let (mut people, mut shards) = ([Person::default(); 3], [0u32; SHARDS as usize]);
        for event in events {
            match event {
                Event::Order { person, videos, shard } => {
                    let Ok(allowance) = limits.allowance(videos, people[person].open, buyer) else { continue };
                    let Person { open, orders, refunds } = people[person];
                    let fits = |shard: &u8| allowance.films.before(*shard, videos).is_some_and(|before| shards[usize::from(*shard)] <= before);
                    let free = (0..SHARDS).map(|n| (shard + n) % SHARDS).find(fits);
                    let passes = open <= allowance.open_before && orders <= allowance.orders_before && refunds <= allowance.refunds_before;
                    if let (true, Some(free)) = (passes, free) {
                        people[person] = Person { open: open + videos, orders: orders + videos, refunds };
                        shards[usize::from(free)] += videos;
                    }
                }
                Event::End { person, counts } => if let Some(open) = people[person].open.checked_sub(1) {
                    people[person].open = open;
                    people[person].refunds += u32::from(counts);
                },
                Event::Midnight => {
                    people = people.map(|person| Person { open: person.open, ..Person::default() });
                    shards = Default::default();
                }
            }
            for person in people {
                prop_assert!(person.open <= limits.open_orders, "{person:?}");
                prop_assert!(person.orders <= limits.orders_a_day, "{person:?}");
                prop_assert!(person.refunds <= limits.refunds_a_day, "{person:?}");
            }
            prop_assert!(shards.iter().sum::<u32>() <= limits.films_a_day);
        }
    }

    #[test]
    fn an_order_that_exactly_reaches_a_limit_is_allowed_and_one_more_is_not(limits in limits(), open in 0..30u32) {
        let most = limits.open_orders.min(limits.orders_a_day + open).min(limits.refunds_a_day);
        let Some(videos) = most.checked_sub(open).filter(|videos| *videos > 0) else { return Ok(()) };
        let wide = Limits { films_a_day: 1000, ..limits };
        let allowance = wide.allowance(videos, open, Buyer::Yes);
        prop_assert!(allowance.is_ok(), "{allowance:?}");
        prop_assert!(wide.allowance(videos + 1, open, Buyer::Yes).is_err());
        let Allowance { orders_before, refunds_before, .. } = allowance.unwrap();
        prop_assert_eq!(orders_before + videos, limits.orders_a_day);
        prop_assert_eq!(refunds_before + open + videos, limits.refunds_a_day);
    }

    #[test]
    fn the_shares_of_the_shards_sum_to_the_limit_and_buyers_may_use_all_of_it(limits in limits()) {
        let sum = |cap: DayCap| (0..SHARDS).map(|shard| cap.share(shard)).sum::<u32>();
        let (all, some) = (limits.films(Buyer::Yes), limits.films(Buyer::NotYet));
        prop_assert_eq!((sum(all), sum(limits.gifts())), (limits.films_a_day, limits.gifts_a_day));
        prop_assert!((1..=limits.films_a_day).contains(&sum(some)));
        prop_assert!((0..SHARDS).all(|shard| some.share(shard) <= all.share(shard)));
        prop_assert!(all.share(0) - all.share(SHARDS - 1) <= 1);
    }
}

#[test]
fn a_part_of_the_films_is_kept_for_buyers() {
    let limits = Limits::default();
    assert_eq!((limits.films(Buyer::Yes).total, limits.films(Buyer::NotYet).total), (2000, 1600));
    let none = Limits { films_kept_for_buyers_percent: 0, ..limits };
    assert_eq!(none.films(Buyer::NotYet).total, 2000);
}

#[test]
fn an_order_that_no_count_could_allow_is_refused_by_its_limit() {
    let limits = Limits { orders_a_day: 3, refunds_a_day: 12, ..Limits::default() };
    let refused = |limits: Limits, videos, open| limits.allowance(videos, open, Buyer::NotYet).unwrap_err();
    assert_eq!(refused(limits, 1, 10), Limit::OpenOrders);
    assert_eq!(refused(limits, 5, 0), Limit::OrdersADay);
    assert_eq!(refused(Limits { refunds_a_day: 4, ..limits }, 2, 3), Limit::RefundsADay);
    assert_eq!(refused(Limits { films_a_day: 8, ..limits }, 3, 0), Limit::FilmsADay);
}

#[test]
fn a_limit_out_of_its_range_is_named() {
    assert_eq!(Limits::default().checked(), Ok(Limits::default()));
    let wrong = |limits: Limits| limits.checked().unwrap_err().to_string();
    let default = Limits::default();
    assert_eq!(wrong(Limits { open_orders: 0, ..default }), "OPEN_ORDERS_MAX must be between 1 and 50");
    assert_eq!(wrong(Limits { open_orders: 51, ..default }), "OPEN_ORDERS_MAX must be between 1 and 50");
    assert!(wrong(Limits { orders_a_day: 0, ..default }).starts_with("ORDERS_A_DAY_MAX"));
    assert!(wrong(Limits { refunds_a_day: 0, ..default }).starts_with("REFUNDS_A_DAY_MAX"));
    assert!(wrong(Limits { films_a_day: 0, ..default }).starts_with("FILMS_A_DAY_MAX"));
    assert!(wrong(Limits { gifts_a_day: 0, ..default }).starts_with("GIFTS_A_DAY_MAX"));
    assert!(wrong(Limits { films_kept_for_buyers_percent: 100, ..default }).starts_with("FILMS_KEPT_FOR_BUYERS_PERCENT"));
}

#[test]
fn only_a_paid_refund_that_the_person_can_cause_counts() {
    let (user, id) = (UserId(1), JobId { draft: DraftId(uuid::Uuid::from_u128(1)), n: 1 });
    let (now, rules) = (Timestamp::UNIX_EPOCH, Rules::default());
    let job = |price| {
        let order = Order { price: Credits(price), ..sample_order(Kind::Reels) };
        Job::confirmed(user, id, order, now, &rules)
    };
    let ended = |class, price| job(price).ended(&Diagnosis::of(class), now, &rules).unwrap().0;
    let counting: Vec<_> = Class::ALL.into_iter().filter(|class| counts_as_refund(&ended(*class, 1))).collect();
    assert_eq!(counting, [Class::ContentRejected, Class::BadPhoto, Class::Unreachable]);
    assert!(Class::ALL.into_iter().all(|class| !counts_as_refund(&ended(class, 0))), "a free replay never counts");
    assert!(!counts_as_refund(&job(1)));
}

#[test]
fn a_day_begins_at_midnight_of_utc() {
    let at = |time: &str| day(time.parse().unwrap()).to_string();
    assert_eq!(at("2026-12-31T23:59:59.999Z"), "2026-12-31");
    assert_eq!(at("2027-01-01T00:00:00Z"), "2027-01-01");
    assert_eq!(at("2027-01-01T02:00:00+03:00"), "2026-12-31");
}
