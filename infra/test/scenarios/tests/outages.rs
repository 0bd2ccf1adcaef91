//! Outages of Telegram of several lengths, as a table: how many films are delivered, how many are refunded, and the longest wait.

#[cfg(test)]
mod outages {
    use std::time::Duration;

    use domain::{catalog::Kind, credits::Credits, job::State};
    use fakes::film::Detail;
    use testkit::environment::{Carrier, Sandbox, Seller, Times};
    use tokio::time::{Instant, sleep};

    /// Sellers of one outage. Their films become ready from two minutes before its begin to its end.
    const SELLERS: i64 = 12;

    struct Outcome {
        delivered: usize,
        refunded: usize,
        longest: Duration,
    }

    async fn during(outage: Duration) -> Outcome {
        let env = Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("the sandbox opens");
        let mut sellers = Vec::new();
        for n in 0..SELLERS {
            let seller = Seller::new(&env, 795_000_000 + n, "en", "Olga");
            seller.start().await.unwrap();
            sellers.push(seller);
        }
        let began = Instant::now();
        let lead = Duration::from_secs(120);
        let (making, pause) = (env.times.making, (outage + lead) / u32::try_from(SELLERS).unwrap());
        // The films become ready one after the other, from the begin of the lead to the end of the outage.
        for (n, seller) in sellers.iter().enumerate() {
            let after = making + pause * u32::try_from(n).unwrap();
            env.script_kie(seller.user, vec![fakes::kie::Outcome::success().after(after)]);
            seller.order(Kind::Neurocard).await.unwrap();
        }
        sleep(making + lead).await;
        sellers.iter().for_each(|seller| env.telegram.down(seller.user.0));
        sleep(outage).await;
        sellers.iter().for_each(|seller| env.telegram.up(seller.user.0));
        let (mut delivered, mut refunded) = (0, 0);
        for seller in &sellers {
            let job = seller.until_over(1).await.unwrap().remove(0);
            let balance = env.balance(seller.user).await.unwrap();
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
        Outcome { delivered, refunded, longest: began.elapsed() - making }
    }

    #[tokio::test(start_paused = true)]
    async fn outages_of_up_to_ten_minutes_end_delivered() {
        println!("| outage | delivered | refunded | all over after |\n|--:|--:|--:|--:|");
        for (minutes, all_delivered) in [(1, true), (3, true), (10, true), (20, false)] {
            let Outcome { delivered, refunded, longest } = during(Duration::from_secs(minutes * 60)).await;
            println!("| {minutes} min | {delivered} | {refunded} | {} s |", longest.as_secs());
            assert_eq!(delivered + refunded, usize::try_from(SELLERS).unwrap());
            assert!(!all_delivered || refunded == 0, "{minutes} min: {refunded} refunded");
        }
    }
}
