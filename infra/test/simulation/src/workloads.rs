//! Random workloads. Sellers order, tap several times, block the bot and come back; an operator grants credits; KIE is slow,
//! silent or wrong. Every choice is drawn from the seed.

use std::time::Duration;

use domain::catalog::Kind;
use fakes::{
    film,
    kie::{Callback, Outcome},
    telegram::CallFailure,
};
use futures_util::future::join_all;
use scenarios::ScenarioRun;
use serde_json::json;
use testkit::environment::Seller;

/// The user id of the operator in workloads. The operator places no orders.
pub const OPERATOR: i64 = 600_000_000;

/// The number of sellers of a workload, and the least number of videos that each of them orders.
const SELLERS_AND_ORDERS: [(usize, usize); 2] = [(1, 3), (3, 1)];
/// The most orders that a seller tries to place.
const TRIES_MAX: usize = 12;
/// The most times that a seller tries to begin a conversation.
const BEGINNINGS_MAX: usize = 4;
/// Width and height of the sellers' photos, in pixels: small, because every order decodes one.
const PHOTO_PX: (u32, u32) = (320, 400);
/// The sellers of a workload begin within this time. The decoding of a photo takes real time, but no virtual time: calls of another
/// seller in the same virtual millisecond would come before or after it by chance.
const APART_MS_MAX: u64 = 20_000;
/// In a workload one seller in this many orders and blocks the bot before the delivery, twice.
const AWAY_AT_DELIVERY_ONE_IN: u8 = 4;
/// Blocks and returns of a person who does so every second.
const RESTLESS_TURNS: u32 = 12;
/// In a workload one seller in this many confirms an order in the moment in which another is refunded.
const BESIDE_A_REFUND_ONE_IN: u8 = 4;
/// The time after which KIE rejects the order that is refunded beside another.
const REJECTED_AFTER: Duration = Duration::from_secs(90);
/// The moment of the confirmation is drawn from this time after the rejection: a refund is read and written within it.
const BESIDE_MS_MAX: u64 = 80;
/// The sellers of a run with deaths, and the orders of each of them.
const ORDERING_SELLERS: usize = 10;
const ORDERS_OF_EACH: usize = 5;
/// Credits that are enough for every order of a seller.
const CREDITS: u32 = 60;

/// Plays the workload of a seed.
pub async fn play(run: &ScenarioRun, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x5eed);
    let mut sellers = Vec::new();
    let (count, orders) = rng.choice(SELLERS_AND_ORDERS).unwrap_or((1, 3));
    for n in 0..count {
        let language = if rng.bool() { "en" } else { "ru" };
        sellers.extend(begun(run, n, language).await.map(|seller| (seller, rng.fork())));
    }
    join_all(sellers.into_iter().map(|(seller, rng)| live(run, seller, orders, rng))).await;
}

/// A seller who has begun the conversation. If a fault loses the first steps of a seller, another seller begins; `None` after
/// [`BEGINNINGS_MAX`] of them.
async fn begun(run: &ScenarioRun, n: usize, language: &str) -> Option<Seller> {
    for _ in 0..BEGINNINGS_MAX {
        if let Ok(seller) = run.seller(&format!("S{n}"), language).await {
            return Some(seller);
        }
    }
    None
}

/// Plays one seller. After a failed step the seller continues with the next step.
async fn live(run: &ScenarioRun, seller: Seller, orders: usize, mut rng: fastrand::Rng) {
    let mut so_far = 0;
    tokio::time::sleep(Duration::from_millis(rng.u64(..APART_MS_MAX))).await;
    if rng.u8(..BESIDE_A_REFUND_ONE_IN) == 0 {
        let _confirmed = beside_a_refund(run, &seller, &mut rng).await;
    }
    if rng.u8(..AWAY_AT_DELIVERY_ONE_IN) == 0 {
        let _away = away_at_delivery(run, &seller, &mut rng).await;
    }
    for _ in 0..TRIES_MAX {
        // A seller whose first step was lost has no account yet, so the gift fails and the order finds no credits.
        let _given = run.give(&seller, CREDITS).await;
        let outcomes = (0..4).map(|_| at_kie(&mut rng, run.env.times.making)).collect();
        run.env.script_kie(seller.user, outcomes);
        // Faults may fail the order; the seller continues with the next step.
        let _placed = order(&seller, orders.saturating_sub(so_far), &mut rng).await;
        tokio::time::sleep(Duration::from_secs(rng.u64(0..45))).await;
        so_far = ordered(run, &seller).await;
        let is_enough = so_far >= orders;
        if !is_enough || rng.bool() {
            let _disturbed = disturb(run, &seller, &mut rng).await;
        }
        if is_enough {
            break;
        }
    }
    let _there = seller.person.unblock().await;
}

/// Plays sellers who order one video after another until they have five each. KIE makes every video.
pub async fn orders(run: &ScenarioRun, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x0de5);
    let mut sellers = Vec::new();
    for n in 0..ORDERING_SELLERS {
        sellers.extend(begun(run, n, "en").await.map(|seller| (seller, rng.fork())));
    }
    join_all(sellers.into_iter().map(|(seller, mut rng)| async move {
        tokio::time::sleep(Duration::from_millis(rng.u64(..APART_MS_MAX))).await;
        while ordered(run, &seller).await < ORDERS_OF_EACH {
            // A step that a death fails is repeated, as a person would.
            let _given = run.give(&seller, CREDITS).await;
            let _placed = seller.order(Kind::Neurocard).await;
            tokio::time::sleep(Duration::from_secs(rng.u64(60..300))).await;
        }
    }))
    .await;
}

/// Orders a video that KIE rejects, and confirms another order in the moment in which the first is refunded.
async fn beside_a_refund(run: &ScenarioRun, seller: &Seller, rng: &mut fastrand::Rng) -> Result<(), String> {
    let rejected = Outcome::fail("422", "The input or output was flagged as sensitive").after(REJECTED_AFTER);
    run.env.script_kie(seller.user, vec![rejected]);
    seller.order(Kind::Neurocard).await?;
    seller.prepare(Kind::Reels, film::photo_of(PHOTO_PX.0, PHOTO_PX.1)).await?;
    tokio::time::sleep(REJECTED_AFTER / 2).await;
    let task = run.env.tasks_of(seller.user).pop().ok_or("KIE has no task of the order")?;
    let rejected_ms = task.created_ms + i64::try_from(REJECTED_AFTER.as_millis()).unwrap_or(i64::MAX);
    let wait_ms = u64::try_from(rejected_ms - run.now().as_millisecond()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(wait_ms + rng.u64(..BESIDE_MS_MAX))).await;
    seller.confirm().await
}

/// Orders, blocks the bot before the delivery and comes back, twice: who refunded such orders paid KIE for each of them. Some sellers
/// come and go every second.
async fn away_at_delivery(run: &ScenarioRun, seller: &Seller, rng: &mut fastrand::Rng) -> Result<(), String> {
    for _ in 0..2 {
        run.env.script_kie(seller.user, vec![Outcome::success()]);
        seller.order(Kind::Neurocard).await?;
        seller.person.block().await;
        tokio::time::sleep(run.env.times.making + Duration::from_secs(rng.u64(..600))).await;
        if rng.bool() {
            for _ in 0..RESTLESS_TURNS {
                seller.person.unblock().await;
                tokio::time::sleep(Duration::from_secs(1)).await;
                seller.person.block().await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        seller.person.unblock().await;
        tokio::time::sleep(Duration::from_secs(rng.u64(..60))).await;
    }
    Ok(())
}

/// The number of videos that a seller has ordered, counted in the table.
async fn ordered(run: &ScenarioRun, seller: &Seller) -> usize {
    run.env.table.account_snapshot(seller.user).await.map_or(0, |snapshot| snapshot.jobs.len())
}

/// Places one order in a random way. `left` is the number of videos that the seller still wants to order.
async fn order(seller: &Seller, left: usize, rng: &mut fastrand::Rng) -> Result<(), String> {
    let count = if left >= 3 && rng.u8(..4) == 0 { *rng.choice(&[3, 5]).unwrap_or(&3) } else { 1 };
    match rng.u8(..7) {
        _ if count > 1 => several(seller, count).await,
        0..3 => seller.order(Kind::Neurocard).await,
        3..5 => seller.order(Kind::Reels).await,
        5 => impatient(seller).await,
        _ => match again(seller).await {
            Ok(()) => Ok(()),
            Err(_) => seller.order(Kind::Neurocard).await,
        },
    }
}

/// Taps the confirm button three times at once.
async fn impatient(seller: &Seller) -> Result<(), String> {
    seller.prepare(Kind::Reels, film::photo_of(PHOTO_PX.0, PHOTO_PX.1)).await?;
    let _taps = seller.person.tap_many(&seller.confirm_data()?, 3).await;
    Ok(())
}

/// Does something random between two orders: the seller blocks the bot, KIE's callbacks are forged, an update is redelivered,
/// Telegram is down or loses an answer, or the operator grants credits.
async fn disturb(run: &ScenarioRun, seller: &Seller, rng: &mut fastrand::Rng) -> Result<(), String> {
    match rng.u8(..8) {
        0 => {
            let _blocked = seller.person.block().await;
            tokio::time::sleep(Duration::from_secs(rng.u64(1..180))).await;
            let _unblocked = seller.person.unblock().await;
            Ok(())
        }
        1 => mischief(run, rng).await,
        2 => {
            let update = rng.i64(100_000_000..100_000_040);
            let _again = seller.person.redeliver(update).await;
            Ok(())
        }
        3 => {
            run.env.telegram.down(seller.user.0);
            tokio::time::sleep(Duration::from_secs(rng.u64(1..300))).await;
            run.env.telegram.up(seller.user.0);
            Ok(())
        }
        4 => operate(run, seller, rng).await,
        5 => {
            // Telegram takes the next video, but its answer is lost; then Telegram refuses some sends of it.
            run.env.telegram.fail(seller.user.0, "sendVideo", 1, CallFailure::LoseReply);
            run.env.telegram.fail(seller.user.0, "sendVideo", rng.usize(1..4), CallFailure::Transient(502));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The operator reads the overview or grants a seller credits.
async fn operate(run: &ScenarioRun, seller: &Seller, rng: &mut fastrand::Rng) -> Result<(), String> {
    let operator = Seller::new(&run.env, OPERATOR, "en", "Olga");
    if rng.bool() {
        return operator.say("/admin").await;
    }
    operator.say(&format!("/grant {} {} as an apology", seller.user, rng.u32(1..6))).await
}

/// Orders three or five videos at once.
async fn several(seller: &Seller, count: usize) -> Result<(), String> {
    seller.prepare(Kind::Reels, film::photo_of(PHOTO_PX.0, PHOTO_PX.1)).await?;
    seller.tap_data(&format!("count:{count}")).await?;
    seller.confirm().await
}

/// Orders an earlier product again.
///
/// # Errors
/// The chat has no button for an earlier product, or a step failed.
async fn again(seller: &Seller) -> Result<(), String> {
    let again = seller.button("again:").ok_or("the chat has no button to order again")?;
    seller.tap_data(&again).await?;
    seller.confirm().await
}

/// An attacker who knows the callback URL of one task posts a forged success of another task to it.
async fn mischief(run: &ScenarioRun, rng: &mut fastrand::Rng) -> Result<(), String> {
    let tasks = run.env.kie.tasks();
    if tasks.is_empty() {
        return Ok(());
    }
    let (one, other) = (tasks.get(rng.usize(..tasks.len())), tasks.get(rng.usize(..tasks.len())));
    let (Some(one), Some(other)) = (one, other) else { return Ok(()) };
    let url = one.callback_url.clone().unwrap_or_default();
    let result = json!({ "resultUrls": ["http://kie.local/results/forged.mp4"] }).to_string();
    let body = json!({ "code": 200, "data": { "taskId": other.id, "state": "success", "resultJson": result } });
    let secs = run.now().as_second();
    let key = testkit::environment::SECRETS.iter().find(|(name, _)| *name == "KIE_WEBHOOK_HMAC_KEY").map_or("", |(_, key)| key);
    let signature = fakes::kie::signature(key, &other.id, secs);
    let request =
        http::Request::post(url).header("x-webhook-timestamp", secs.to_string()).header("x-webhook-signature", signature);
    let request = request.body(body.to_string().into()).map_err(|error| error.to_string())?;
    let sandbox = run.env.sandbox().ok_or("the test environment has no sandbox")?;
    sandbox.request(request).await.map(drop)
}

/// A random outcome of one task at KIE: mostly a video.
fn at_kie(rng: &mut fastrand::Rng, making: Duration) -> Outcome {
    let slow = making * rng.u32(1..4);
    let callback = match rng.u8(..10) {
        0 => Callback::Lost,
        1 => Callback::Twice,
        2 => Callback::Late(Duration::from_secs(200)),
        3 => Callback::Forged,
        _ => Callback::Once,
    };
    match rng.u8(..28) {
        0 => Outcome::fail("422", "The input or output was flagged as sensitive"),
        1 => Outcome::fail("500", "Internal Error, Please try again later."),
        2 => Outcome::refuse(429, "Your call frequency is too high. Please try again later."),
        3 => Outcome::refuse(402, "Credits insufficient : Your current balance isn't enough to run this request."),
        4 => Outcome::success().with_lost_reply(),
        5 => Outcome::never_answers(),
        6 => Outcome::success_without_urls(),
        7 => Outcome::http(502, "<html>Bad Gateway</html>"),
        8 => Outcome::hang(),
        9 => Outcome::success().with_result_failures(503, 2),
        10 => Outcome::fail("400", "Image fetch failed. Check access settings or use our File Upload API instead."),
        11 => Outcome::fail("400", "The input image may contain real person."),
        12 => Outcome::refuse(500, "image_urls file type not supported"),
        13 => Outcome::fail("422", "The flux capacitor is misaligned"),
        14 => Outcome::success().with_result_delay(making * rng.u32(1..4)),
        15 => Outcome::success().with_result_failures(404, rng.usize(1..14)),
        16 => Outcome::success().with_result_page("<html>please wait</html>", rng.usize(1..5)),
        17 => Outcome::success().with_urls_after_polls(rng.usize(1..14)),
        _ => Outcome::success().after(slow),
    }
    .with_callback(callback)
}
