//! Tests that the simulation is deterministic and that a sample of the sweep and of random workloads has no defect. `make
//! simulate` runs the whole sweep.

#[cfg(test)]
mod simulation_tests {
    use std::collections::BTreeSet;

    use domain::rules::Rules;
    use scenarios::all;
    use simulation::{
        event::Event,
        fault_point::FaultPoint,
        plan::Plan,
        play::Play,
        sweep::{self, Depth},
        task::Task,
        workers::{self, Until},
    };
    use testkit::fault::FaultKind;

    /// The numbers of the sampled scenarios: a delivery, a refund, dead letters, a lost reply.
    const SAMPLED: [u8; 4] = [1, 2, 5, 11];
    /// One in this many runs of the sweep is made, because the development profile is several times slower.
    const ONE_IN: usize = 19;
    /// The number of random workloads that are run.
    const WORKLOADS: u64 = 8;

    #[test]
    fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
        let traces: Vec<_> = [3, 3, 4].map(|seed| Task::workload(seed).run(false).fingerprint()).into();
        assert_eq!(traces[0], traces[1]);
        assert_ne!(traces[0], traces[2]);
    }

    #[test]
    fn a_run_is_named_so_that_it_can_be_repeated() {
        let scenarios = all();
        let plan = Plan::At(vec![(67, FaultKind::ReplyLost), (3, FaultKind::KilledAfter)]);
        let task = Task { play: Play::Scenario(scenarios[4]), seed: 9, plan, also: None };
        assert_eq!(task.again(), "scenario-5:9:67=reply-lost,3=killed-after");
        let also = Task { also: Some((88, FaultKind::Refused)), ..Task::workload(5) };
        for text in [task.again(), Task::workload(5).again(), also.again(), "scenario-1:1:clean".to_owned()] {
            assert_eq!(Task::parse(&text, &scenarios).unwrap().again(), text);
        }
        for wrong in ["", "scenario-99:1:clean", "workload:x:random", "scenario-1:1:3=nothing", "workload:1:random+"] {
            assert!(Task::parse(wrong, &scenarios).is_none(), "{wrong}");
        }
    }

    /// The first fault strikes the retries too, and the retries count as calls.
    #[test]
    fn the_second_fault_of_a_pair_strikes_the_call_that_it_was_planned_for() {
        let scenario = all()[0];
        let clean = Task::clean(scenario).run(false).events;
        let first = clean.iter().position(|event| event.point.operation == "PutItem generating").unwrap();
        let alone = Task { plan: Plan::At(vec![(first, FaultKind::ReplyLost)]), ..Task::clean(scenario) };
        let after = alone.run(false).events.split_off(first + 1);
        let retries = after.iter().filter(|event| event.fault.is_some()).count();
        assert!(retries > 0, "the first fault strikes no retry");
        let is_later = |event: &Event| event.fault.is_none() && event.point.can_meet(FaultKind::KilledBefore);
        let second = after.iter().position(is_later).unwrap();
        let plan = Plan::At(vec![(first, FaultKind::ReplyLost), (second, FaultKind::KilledBefore)]);
        let events = Task { plan, ..alone }.run(false).events;
        let killed = events.iter().position(|event| event.fault == Some(FaultKind::KilledBefore));
        assert_eq!(killed, Some(first + 1 + second));
    }

    /// A refused connection has certainly sent nothing, so no callback is waited for. A lost reply is adopted by its callback.
    #[test]
    fn a_refused_task_is_submitted_again_without_waiting_for_a_callback() {
        let scenario = all()[0];
        let is_create = |event: &&Event| event.point.operation == "createTask";
        let clean = Task::clean(scenario).run(false).events;
        let at = clean.iter().position(|event| is_create(&event)).unwrap();
        let created = |fault| {
            let events = Task { plan: Plan::At(vec![(at, fault)]), ..Task::clean(scenario) }.run(false).events;
            events.iter().filter(is_create).map(|event| event.at_ms).collect::<Vec<_>>()
        };
        let refused = created(FaultKind::Refused);
        let wait = Rules::default().callback_wait.as_millis();
        assert!(refused.len() == 2 && u128::from(refused[1] - refused[0]) < wait, "{refused:?}");
        assert_eq!(created(FaultKind::ReplyLost).len(), 1);
    }

    #[test]
    fn a_function_that_cannot_read_its_secrets_starts_with_a_later_invocation() {
        let scenario = all()[0];
        let is_start = |event: &&Event| event.point.operation == "GetParameter";
        let clean = Task::clean(scenario).run(false).events;
        for caller in ["webhook", "generator", "sender"] {
            let at = clean.iter().position(|event| is_start(&event) && event.point.caller == caller).unwrap();
            for fault in [FaultKind::ServerError, FaultKind::Throttled, FaultKind::KilledBefore] {
                let outcome = Task { plan: Plan::At(vec![(at, fault)]), ..Task::clean(scenario) }.run(false);
                let starts = outcome.events.iter().filter(|event| is_start(event) && event.point.caller == caller).count();
                assert!(outcome.is_good() && starts > 1, "{caller} {}: {starts} starts, {:?}", fault.name(), outcome.wrong());
            }
        }
    }

    #[test]
    fn a_sample_of_the_sweep_and_of_random_workloads_loses_and_mints_nothing() {
        let scenarios = all().into_iter().filter(|scenario| SAMPLED.contains(&scenario.number));
        let swept: Vec<_> = scenarios.flat_map(|scenario| sweep::of_scenario(scenario, Depth::Ends)).collect();
        let (whole, every) = (swept.len(), swept.into_iter().step_by(ONE_IN));
        let tasks: Vec<_> = every.chain((0..WORKLOADS).map(Task::workload)).collect();
        let runs = tasks.len();
        let tally = workers::all(&tasks, Until::AllDone, |_| {});
        println!(
            "{runs} runs: one in {ONE_IN} of the {whole} runs that sweep four scenarios, and {WORKLOADS} random workloads\n{}",
            tally.figures()
        );
        assert!(tally.is_good(), "{:#?}", tally.failures);
        assert!(tally.faults > 0 && tally.checks > 0);
    }

    #[test]
    fn the_page_of_faults_has_every_call_of_the_scenarios_and_no_cell_without_an_ending() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/faults.md"));
        let page = page.expect("docs/faults.md cannot be read; `make simulate` writes it");
        let points: BTreeSet<FaultPoint> =
            all().into_iter().flat_map(|scenario| Task::clean(scenario).run(false).events).map(|event| event.point).collect();
        let absent: Vec<_> = points.iter().map(|point| format!("| {point} |")).filter(|row| !page.contains(row)).collect();
        assert!(
            absent.is_empty(),
            "docs/faults.md lacks calls of the scenarios; run `make simulate`, which writes it: {absent:#?}"
        );
        assert!(!page.contains("missing"), "docs/faults.md has a cell that no fault hit");
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let readme = plain(&std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../README.md")).unwrap());
        let sentences: Vec<_> =
            page.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": *")?.1.strip_suffix("*.")).collect();
        assert_eq!(
            sentences.len(),
            4,
            "docs/faults.md quotes one sentence of the README for each allowed anomaly: {sentences:#?}"
        );
        for sentence in sentences {
            assert!(
                readme.contains(&plain(sentence)),
                "docs/faults.md quotes a sentence that the README does not have: {sentence}"
            );
        }
    }

    /// `make seeded-bugs` takes half an hour, so this test checks at once that its patches still apply.
    #[test]
    fn every_seeded_bug_still_applies_to_the_sources() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut bugs = 0;
        for entry in std::fs::read_dir(format!("{root}/infra/test/simulation/seeded-bugs")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "patch") {
                continue;
            }
            let bug = path.display().to_string();
            let (patch, mut file) = (read(&bug), String::new());
            for part in patch.split_inclusive('\n').collect::<Vec<_>>().split(|line| line.starts_with("@@")) {
                let before: String = part
                    .iter()
                    .filter(|line| line.starts_with([' ', '-']) && !line.starts_with("---"))
                    .map(|line| &line[1..])
                    .collect();
                assert!(file.contains(&before), "{bug} does not apply; the sources lack these lines:\n{before}");
                if let Some(name) = part.iter().find_map(|line| line.strip_prefix("+++ b/")) {
                    file = read(&format!("{root}/{}", name.trim()));
                }
            }
            bugs += 1;
        }
        assert_eq!(bugs, 18);
    }
}
