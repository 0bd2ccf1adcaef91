//! Outages of Telegram of several lengths, as a table: how many films are delivered, how many are refunded, and the longest wait.

#[cfg(test)]
mod outages {
    use std::time::Duration;

    use domain::{catalog::Kind, credits::Credits, job::State};
    use fakes::film::Detail;
    use testkit::environment::{Carrier, Seller, TestEnvironment, Times};
    use tokio::time::sleep;

    /// Sellers of one outage. Their films become ready from two minutes before its begin to its end.
    const SELLERS: i64 = 12;

    struct Outcome {
        delivered: usize,
        refunded: usize,
        longest: Duration,
    }

    async fn during(outage: Duration) -> Outcome {
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        let mut sellers = Vec::new();
        for n in 0..SELLERS {
            let seller = Seller::new(&env, 795_000_000 + n, "en", "Olga");
            seller.start().await.unwrap();
            sellers.push(seller);
        }
        let lead = Duration::from_secs(120);
        let (making, pause) = (env.times.making, (outage + lead) / u32::try_from(SELLERS).unwrap());
        // The films become ready one after the other, from the begin of the lead to the end of the outage.
        let after = |n: usize| making + pause * u32::try_from(n).unwrap();
        for (n, seller) in sellers.iter().enumerate() {
            env.script_kie(seller.user, vec![fakes::kie::Outcome::success().after(after(n))]);
            seller.order(Kind::Neurocard).await.unwrap();
        }
        sleep(making + lead).await;
        sellers.iter().for_each(|seller| env.telegram.down(seller.user.0));
        sleep(outage).await;
        sellers.iter().for_each(|seller| env.telegram.up(seller.user.0));
        let (mut delivered, mut refunded, mut longest) = (0, 0, Duration::ZERO);
        for (n, seller) in sellers.iter().enumerate() {
            let job = seller.until_over(1).await.unwrap().remove(0);
            let (balance, ledger) = (env.balance(seller.user).await.unwrap(), env.ledger(seller.user).await.unwrap());
            // A seller waits from the finished film to its end.
            let made_ms = env.tasks_of(seller.user)[0].created_ms + i64::try_from(after(n).as_millis()).unwrap();
            let waited_ms = ledger.last().unwrap().at.as_millisecond() - made_ms;
            longest = longest.max(Duration::from_millis(u64::try_from(waited_ms).unwrap_or_default()));
            match job.state {
                State::Delivered { .. } => {
                    assert_eq!((balance, seller.videos().len()), (Credits(1), 1));
                    delivered += 1;
                }
                _ => {
                    assert_eq!((balance, seller.videos().len()), (Credits(2), 0));
                    refunded += 1;
                }
            }
        }
        Outcome { delivered, refunded, longest }
    }

    #[tokio::test(start_paused = true)]
    async fn outages_of_up_to_ten_minutes_end_delivered() {
        println!("| outage | delivered | refunded | longest wait of a film |\n|--:|--:|--:|--:|");
        for (minutes, all_delivered) in [(1, true), (3, true), (10, true), (20, false)] {
            let Outcome { delivered, refunded, longest } = during(Duration::from_secs(minutes * 60)).await;
            println!("| {minutes} min | {delivered} | {refunded} | {} s |", longest.as_secs());
            assert_eq!(delivered + refunded, usize::try_from(SELLERS).unwrap());
            assert!(!all_delivered || refunded == 0, "{minutes} min: {refunded} refunded");
        }
    }
}
