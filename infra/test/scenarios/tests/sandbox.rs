//! Every scenario in the sandbox, with production's times in virtual time: half an hour takes milliseconds.

#[cfg(test)]
mod sandbox {
    use fakes::film::Detail;
    use scenarios::{ScenarioRun, all, runner::play};
    use testkit::environment::{Carrier, TestEnvironment, Times};

    async fn play_scenario(number: u8) {
        let scenario =
            all().into_iter().find(|scenario| scenario.number == number).expect("the list has a scenario of this number");
        let env = TestEnvironment::open(Carrier::InProcess, Times::production(), Detail::Sketch, None)
            .await
            .expect("the sandbox opens");
        let report = play(scenario, ScenarioRun::new(env, 700_000_000)).await;
        assert!(report.failure.is_none(), "{}", report.text());
    }

    macro_rules! played {
        ($($name:ident $number:literal)*) => {
            const PLAYED: &[u8] = &[$($number),*];
            $(#[tokio::test(start_paused = true)]
            async fn $name() { play_scenario($number).await; })*
        };
    }

    played! {
        a_neurocard_is_delivered_and_captured 1
        a_rejected_photo_is_refunded_and_its_seller_notified 2
        a_broken_upstream_is_retried_quietly_then_refunded 3
        a_job_without_an_answer_from_kie_is_ended_by_the_deadline 4
        a_video_that_telegram_refuses_is_parked_and_refunded 5
        ordering_again_uploads_nothing_and_charges_again 6
        without_credits_nothing_is_created 7
        five_taps_charge_once 8
        the_sweeper_finishes_an_order_whose_messages_are_lost 9
        an_order_survives_the_death_of_any_process 10
        a_task_whose_reply_is_lost_is_adopted_from_its_callback 11
        five_settlements_in_one_second_give_the_right_balance 12
        one_rejected_video_of_five_is_refunded 13
        a_sellers_own_prompt_goes_to_kie_unchanged 14
        the_first_photo_of_an_album_is_used 15
        the_last_summary_is_ordered 16
        a_delivered_video_is_sent_again_for_free 17
        another_sellers_job_id_shows_nothing 18
        a_seller_who_blocks_the_bot_is_refunded_and_greeted_on_return 19
        without_a_prompt_writer_the_built_in_prompt_is_used 20
    }

    #[test]
    fn every_scenario_has_a_test_here() {
        let numbers: Vec<u8> = all().into_iter().map(|scenario| scenario.number).collect();
        assert_eq!(numbers, PLAYED);
    }
}
