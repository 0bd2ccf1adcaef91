//! Functions whose clocks are five seconds apart: every promise holds.

#[cfg(test)]
mod clocks {
    use std::time::Duration;

    use domain::{catalog::Kind, credits::Credits, job::State};
    use fakes::{film::Detail, kie::Outcome, telegram::CallFailure};
    use local_aws::net::Moment;
    use testkit::environment::{Carrier, FUNCTIONS, Seller, TestEnvironment, Times, armed_faults::Kill};

    const APART: Duration = Duration::from_secs(5);

    async fn env(times: Times) -> (TestEnvironment, Seller) {
        let env = TestEnvironment::open(Carrier::InProcess, times, Detail::Sketch, None).await.expect("the sandbox opens");
        let seller = Seller::new(&env, 798_000_001, "en", "Olga");
        seller.start().await.unwrap();
        (env, seller)
    }

    /// Times in which some functions are ahead: each bit of the number is one function.
    fn times(pattern: usize) -> Times {
        let times = Times::production();
        let mut clocks_ahead = times.clocks_ahead;
        for (function, ahead) in clocks_ahead.iter_mut().enumerate() {
            *ahead = if pattern & (1 << function) == 0 { Duration::ZERO } else { APART };
        }
        Times { clocks_ahead, ..times }
    }

    #[tokio::test(start_paused = true)]
    async fn a_film_is_delivered_once_and_a_failure_is_refunded_once() {
        let all = (1 << FUNCTIONS.len()) - 1;
        // Each function alone is ahead, then each alone is behind.
        for pattern in (0..FUNCTIONS.len()).flat_map(|function| [1 << function, all ^ (1 << function)]) {
            let (env, seller) = env(times(pattern)).await;
            env.telegram.fail(seller.user.0, "sendVideo", 1, CallFailure::Transient(502));
            seller.order(Kind::Neurocard).await.unwrap();
            let job = seller.until_over(1).await.unwrap().remove(0);
            assert!(matches!(job.state, State::Delivered { .. }), "{pattern:06b}: {:?}", job.state);
            assert_eq!((seller.videos().len(), env.balance(seller.user).await.unwrap()), (1, Credits(1)), "{pattern:06b}");
            env.script_kie(seller.user, vec![Outcome::fail("422", "The input or output was flagged as sensitive")]);
            seller.order(Kind::Neurocard).await.unwrap();
            let jobs = seller.until_over(2).await.unwrap();
            assert_eq!(jobs.iter().filter(|job| matches!(job.state, State::Failed { .. })).count(), 1, "{pattern:06b}");
            assert_eq!(env.balance(seller.user).await.unwrap(), Credits(1), "{pattern:06b}");
            assert_eq!(env.telegram.mistakes(), Vec::<String>::new(), "{pattern:06b}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_handler_is_replaced_and_a_held_film_arrives() {
        for pattern in [0b01_0101, 0b10_1010, 0b00_1000, 0b10_0000] {
            let (env, seller) = env(times(pattern)).await;
            let faults = env.sandbox().unwrap().faults.clone();
            faults.kill(Kill { function: "sender", call: "sendVideo", moment: Moment::BeforeSent }, seller.user.0);
            seller.order(Kind::Neurocard).await.unwrap();
            let job = seller.until_over(1).await.unwrap().remove(0);
            assert!(faults.has_killed(seller.user.0));
            assert!(matches!(job.state, State::Delivered { .. }), "{pattern:06b}: {:?}", job.state);
            seller.order(Kind::Neurocard).await.unwrap();
            seller.person.block().await;
            tokio::time::sleep(Duration::from_secs(1200)).await;
            seller.person.unblock().await;
            seller.until_over(2).await.unwrap();
            assert_eq!((seller.videos().len(), env.balance(seller.user).await.unwrap()), (2, Credits(0)), "{pattern:06b}");
        }
    }
}
