//! The simulator is deterministic, its judge finds what is wrong, and a sample of the sweep ends well. The whole is `make proof`.

#[cfg(test)]
mod proof_tests {
    use proof::{
        fault::Fault,
        injector::Plan,
        run::Play,
        sweep::{self, Depth},
        work::{self, Task, history},
    };
    use stories::stories::all;

    /// Of the sweep's runs, one in so many is made here: the development profile is four times slower.
    const ONE_IN: usize = 131;

    #[test]
    fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
        let traces: Vec<_> = [3, 3, 4].map(|seed| history(seed).run(false).fingerprint()).into();
        assert_eq!(traces[0], traces[1]);
        assert_ne!(traces[0], traces[2]);
    }

    #[test]
    fn a_run_is_named_so_that_it_can_be_repeated() {
        let stories = all();
        let plan = Plan::At(vec![(67, Fault::ReplyLost), (3, Fault::KilledAfter)]);
        let task = Task { play: Play::Story(stories[4]), seed: 9, plan };
        assert_eq!(task.again(), "story-5:9:67=reply-lost,3=killed-after");
        for text in [task.again(), history(5).again(), "story-1:1:clean".to_owned()] {
            assert_eq!(Task::parse(&text, &stories).unwrap().again(), text);
        }
        for wrong in ["", "story-99:1:clean", "history:x:random", "story-1:1:3=nothing"] {
            assert!(Task::parse(wrong, &stories).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_sample_of_the_sweep_and_of_random_histories_loses_and_mints_nothing() {
        let stories = all().into_iter().filter(|story| [1, 2, 5].contains(&story.number));
        let swept: Vec<_> = stories.flat_map(|story| sweep::of_story(story, Depth::Ends)).collect();
        let (whole, every) = (swept.len(), swept.into_iter().step_by(ONE_IN));
        let tasks: Vec<_> = every.chain((0..3).map(history)).collect();
        let tally = work::all(&tasks, |_| {});
        println!("{} of {whole} runs of three stories, and three histories\n{}", tasks.len() - 3, tally.figures());
        assert!(tally.is_good(), "{:#?}", tally.failures);
        assert!(tally.faults > 0 && tally.checks > 0);
    }
}
