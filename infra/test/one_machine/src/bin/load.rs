//! `make load`: what one machine carries. Sellers order at a rising rate until the jobs no longer keep up; then forty people have the page
//! open; then the memory after many orders. Prints a table.
//!
//! ```text
//! load [<orders for the memory>]      2,000 by default
//! ```

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    process::ExitCode,
    time::{Duration, Instant},
};

use domain::ids::UserId;
use one_machine::{Machine, Orders, Outside, Usage, order_until};

/// Orders after which the memory is measured, without an argument.
const ORDERS: u64 = 2000;
/// The sellers of each step: each orders about every ten seconds.
const STEPS: [i64; 5] = [10, 20, 40, 80, 160];
/// How long a step takes.
const STEP: Duration = Duration::from_secs(30);
/// The pause between two orders of a seller: the bot answers some forty messages of a person in a minute.
const PAUSE: Duration = Duration::from_secs(7);
/// A step keeps up if it delivers this part of the films that are ordered in it.
const KEEPS_UP: f64 = 0.7;
/// People who have the page open.
const READERS: usize = 40;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "the command prints why it failed")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command prints what it measured")]
async fn run() -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let given = std::env::args().nth(1);
    let target = given.map_or(Ok(ORDERS), |given| given.parse().map_err(|_| format!("{given:?} is no number")))?;
    let data = std::env::temp_dir().join(format!("neurocards-load-{}", std::process::id()));
    let outside = Outside::start(Duration::from_millis(500)).await.map_err(text)?;
    let machine = Machine::start(&data, &outside).map_err(text)?;
    println!("start     {:.2} s", machine.started_in.as_secs_f64());
    println!("{:>8} {:>10} {:>12} {:>11} {:>10} {:>9}", "sellers", "orders/s", "CPU ms/order", "delivered", "open", "memory MB");
    let mut sellers = Sellers::default();
    for count in STEPS {
        sellers.up_to(count, &outside);
        let before = (machine.usage().map_err(text)?, sellers.confirmed(), sellers.delivered(&outside));
        tokio::time::sleep(STEP).await;
        let (usage, confirmed, delivered) = (machine.usage().map_err(text)?, sellers.confirmed(), sellers.delivered(&outside));
        let orders = confirmed - before.1;
        let open = confirmed.saturating_sub(delivered);
        print_row(count, orders, before.0, usage, delivered - before.2, open);
        if as_f64(delivered - before.2) < KEEPS_UP * as_f64(orders) {
            println!("the jobs no longer keep up with {:.1} orders a second", as_f64(orders) / STEP.as_secs_f64());
            break;
        }
    }
    let alone = page_ms(&machine)?;
    let readers: Vec<_> = (0..READERS).map(|_| reader(&machine)).collect::<Result<_, _>>()?;
    let crowded = page_ms(&machine)?;
    println!("page      {alone:.0} ms alone, {crowded:.0} ms with {} people who have it open", readers.len());
    drop(readers);
    while sellers.confirmed() < target {
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    sellers.end();
    let usage = machine.usage().map_err(text)?;
    println!(
        "memory    {} MB after {} orders, {:.0} s of CPU",
        usage.memory / 1_000_000,
        sellers.confirmed(),
        usage.cpu.as_secs_f64()
    );
    drop(machine);
    let again = Machine::start(&data, &outside).map_err(text)?;
    println!("start     {:.2} s with {} orders", again.started_in.as_secs_f64(), sellers.confirmed());
    drop(again);
    std::fs::remove_dir_all(&data).map_err(text)
}

#[expect(clippy::print_stdout, reason = "the command prints what it measured")]
fn print_row(sellers: i64, orders: u64, before: Usage, after: Usage, delivered: u64, open: u64) {
    let cpu = as_f64(u64::try_from((after.cpu.saturating_sub(before.cpu)).as_millis()).unwrap_or(u64::MAX));
    println!(
        "{sellers:>8} {:>10.1} {:>12.0} {delivered:>11} {open:>10} {:>9}",
        as_f64(orders) / STEP.as_secs_f64(),
        cpu / as_f64(orders.max(1)),
        after.memory / 1_000_000
    );
}

/// The sellers who order at the same time.
#[derive(Default)]
struct Sellers(Vec<(UserId, Orders)>);

impl Sellers {
    fn up_to(&mut self, count: i64, outside: &Outside) {
        let first = i64::try_from(self.0.len()).unwrap_or_default() + 1;
        for id in first..=count {
            let orders = Orders::default();
            tokio::spawn(order_until(outside.telegram.person(id, "en", "Ann"), orders.clone(), PAUSE));
            self.0.push((UserId(id), orders));
        }
    }

    fn confirmed(&self) -> u64 {
        self.0.iter().map(|(_, orders)| u64::from(orders.confirmed())).sum()
    }

    fn delivered(&self, outside: &Outside) -> u64 {
        self.0.iter().map(|(user, _)| u64::try_from(outside.telegram.videos(user.0).len()).unwrap_or_default()).sum()
    }

    fn end(&self) {
        self.0.iter().for_each(|(_, orders)| orders.end());
    }
}

/// The median time of the page, in milliseconds.
fn page_ms(machine: &Machine) -> Result<f64, String> {
    let mut times = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        machine.get("/").map_err(|error| error.to_string())?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

/// A person who has the page open: a connection for its events, which reads the page anew at each of them as the script does.
fn reader(machine: &Machine) -> Result<std::thread::JoinHandle<()>, String> {
    let port = machine.port;
    let mut events = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|error| error.to_string())?;
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    events.write_all(ask("/1/events").as_bytes()).map_err(|error| error.to_string())?;
    Ok(std::thread::spawn(move || {
        let mut some = [0; 4096];
        while let Ok(1..) = events.read(&mut some) {
            let Ok(mut page) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
            let ask = format!("GET /1/behind HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
            let _read = page.write_all(ask.as_bytes()).and_then(|()| page.read_to_end(&mut Vec::new()));
        }
    }))
}

fn as_f64(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
