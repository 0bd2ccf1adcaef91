//! A few kills of `make run` with orders under way. `make kills` makes two hundred.

#[cfg(test)]
mod kills {
    use std::time::Duration;

    use one_machine::{Machine, Orders, Outside, examine, order_until};

    const SELLERS: i64 = 12;
    /// How long the program runs before each kill, in milliseconds.
    const RUNS_MS: [u64; 5] = [1500, 200, 900, 60, 1200];

    #[tokio::test(flavor = "multi_thread")]
    async fn no_credit_is_lost_or_made_when_the_program_is_killed() {
        let data = std::env::temp_dir().join(format!("neurocards-kills-test-{}", std::process::id()));
        let outside = Outside::start(Duration::from_millis(300)).await.unwrap();
        let people: Vec<(i64, Orders)> = (1..=SELLERS).map(|id| (id, Orders::default())).collect();
        for (id, orders) in &people {
            tokio::spawn(order_until(outside.telegram.person(*id, "en", "Ann"), orders.clone(), Duration::from_secs(7)));
        }
        for run_ms in RUNS_MS {
            let machine = Machine::start(&data, &outside).unwrap();
            tokio::time::sleep(Duration::from_millis(run_ms)).await;
            drop(machine);
        }
        people.iter().for_each(|(_, orders)| orders.end());
        let machine = Machine::start(&data, &outside).unwrap();
        let findings = examine(&machine, &outside.telegram, &people, Duration::from_secs(120)).await.unwrap();
        assert!(findings.is_right() && findings.confirmed > 0, "{findings}");
        drop(machine);
        std::fs::remove_dir_all(data).unwrap();
    }
}
