//! The scenarios in virtual time, with production's own times: half an hour passes in a moment.

#[cfg(test)]
mod sandbox {
    use fakes::film::Detail;
    use scenarios::{ScenarioRun, all, runner::play};
    use testkit::environment::{Carrier, Sandbox, Times};

    async fn play_scenario(number: u8) {
        let scenario = all().into_iter().find(|scenario| scenario.number == number).expect("a known scenario");
        let env = Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox");
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
        a_rejected_photo_is_refunded_and_told 2
        a_broken_upstream_is_retried_quietly_then_refunded 3
        a_silent_kie_is_ended_by_the_deadline 4
        a_video_that_telegram_refuses_is_parked_and_refunded 5
        again_uploads_nothing_and_charges_again 6
        without_credits_nothing_is_created 7
        five_taps_charge_once 8
        the_sweeper_finishes_what_lost_its_messages 9
        a_process_may_die_anywhere 10
        a_lost_reply_is_adopted_from_its_callback 11
        five_settlements_in_one_second 12
        five_videos_and_one_of_them_is_refunded 13
        ones_own_prompt_is_made_as_it_is 14
        of_an_album_the_first_photo_is_taken 15
        the_last_summary_is_what_is_ordered 16
        a_video_comes_once_more_and_free 17
        somebody_else_s_job_opens_nothing 18
        who_blocks_the_bot_is_refunded_and_greeted_on_the_way_back 19
        without_a_prompt_writer_the_built_in_prompt_does 20
    }

    #[test]
    fn every_story_is_told_here() {
        let numbers: Vec<u8> = all().into_iter().map(|scenario| scenario.number).collect();
        assert_eq!(numbers, PLAYED);
    }
}
