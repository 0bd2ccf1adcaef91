//! `make kills`: kills `make run` at random moments with orders under way, starts it again each time, and prints the oracle's findings.
//!
//! ```text
//! kills [<kills>] [<seed>]      200 kills and a random seed by default
//! ```

use std::{process::ExitCode, time::Duration};

use one_machine::{Machine, Orders, Outside, examine, order_until};

/// Kills without an argument.
const KILLS: u32 = 200;
/// Sellers who order at the same time.
const SELLERS: i64 = 40;
/// The pause between two orders of a seller: the bot answers some forty messages of a person in a minute.
const PAUSE: Duration = Duration::from_secs(7);
/// The program runs this long at least and at most before a kill.
const RUNS_MS: std::ops::Range<u64> = 50..2500;
/// Longest that the orders may take after the last kill.
const PATIENCE: Duration = Duration::from_secs(400);

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command prints its findings")]
async fn main() -> ExitCode {
    match run().await {
        Ok((text, is_right)) => {
            println!("{text}");
            if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("kills: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command prints how far it is")]
async fn run() -> Result<(String, bool), String> {
    let mut arguments = std::env::args().skip(1);
    let number = |given: Option<String>, default: u64| {
        given.map_or(Ok(default), |text| text.parse().map_err(|_| format!("{text:?} is no number")))
    };
    let kills = number(arguments.next(), KILLS.into())?;
    let seed = number(arguments.next(), fastrand::u64(..))?;
    let mut rng = fastrand::Rng::with_seed(seed);
    let text = |error: std::io::Error| error.to_string();
    let data = std::env::temp_dir().join(format!("neurocards-kills-{}", std::process::id()));
    let outside = Outside::start(Duration::from_millis(500)).await.map_err(text)?;
    let mut people = Vec::new();
    for id in 1..=SELLERS {
        let orders = Orders::default();
        let person = outside.telegram.person(id, "en", "Ann");
        tokio::spawn(order_until(person, orders.clone(), PAUSE));
        people.push((id, orders));
    }
    println!("kills: {kills} kills, {SELLERS} sellers, seed {seed}");
    let mut slowest = Duration::ZERO;
    for kill in 1..=kills {
        let machine = Machine::start(&data, &outside).map_err(text)?;
        slowest = slowest.max(machine.started_in);
        tokio::time::sleep(Duration::from_millis(rng.u64(RUNS_MS))).await;
        drop(machine);
        if kill % 20 == 0 {
            println!("kills: {kill}, {} orders confirmed", people.iter().map(|(_, orders)| orders.confirmed()).sum::<u32>());
        }
    }
    people.iter().for_each(|(_, orders)| orders.end());
    let machine = Machine::start(&data, &outside).map_err(text)?;
    let findings = examine(&machine, &outside.telegram, &people, PATIENCE).await?;
    drop(machine);
    let is_right = findings.is_right();
    if is_right {
        std::fs::remove_dir_all(&data).map_err(text)?;
    } else {
        for (id, _) in &people {
            std::fs::write(data.join(format!("chat-{id}.txt")), outside.telegram.transcript(*id)).map_err(text)?;
        }
    }
    let kept = if is_right { String::new() } else { format!("\nthe data and the chats stay in {}", data.display()) };
    Ok((format!("kills: {kills} kills, slowest start {slowest:.1?}: {findings}{kept}"), is_right))
}
