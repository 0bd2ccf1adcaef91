//! The stories in virtual time, with production's own times: half an hour passes in a moment.

#[cfg(test)]
mod sandbox {
    use standins::film::Detail;
    use stories::{
        runner::play,
        stories::{Scene, all},
        world::{Carrier, Sandbox, Times},
    };

    async fn tell(number: u8) {
        let story = all().into_iter().find(|story| story.number == number).expect("a known story");
        let world = Sandbox::open(Carrier::InProcess, Times::production(), Detail::Sketch, None).await.expect("a sandbox");
        let report = play(story, Scene::new(world, 700_000_000)).await;
        assert!(report.failure.is_none(), "{}", report.text());
    }

    macro_rules! told {
        ($($name:ident $number:literal)*) => {
            $(#[tokio::test(start_paused = true)]
            async fn $name() { tell($number).await; })*
        };
    }

    told! {
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
    }
}
