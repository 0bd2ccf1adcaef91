//! Writes `docs/faults.md`: how scenarios with exactly one fault end, and in an appendix the counts of all other runs.

use std::{collections::BTreeSet, fmt::Write as _};

use testkit::fault::FaultKind;

use crate::{
    deviation::Deviation,
    fault_point::FaultPoint,
    tally::{Hits, SingleFault, Tally},
};

/// The text before the table of single faults.
const HEAD: &str = "# What happens when a call fails

`make simulate` writes this page. A row is a fault point: a caller, the service that it calls, and the operation. A column is a
fault. A cell sums up the scenarios that were run with exactly this one fault, one run for each call of the row.

The first part of a cell is how the jobs ended, compared with the same scenario without the fault:

- **=** The jobs ended as without the fault.
- **D** A job was delivered that is refunded without the fault. **R** A job was refunded that is delivered without the fault.
- **-** Fewer videos were ordered: the scripted seller stops at a step that the bot did not take. **+** More videos were ordered.
- Four anomalies are allowed, each by a sentence of [what it does not promise](../README.md#what-it-does-not-promise). None of them
  costs the seller a credit:
- **2** The video is in the chat more than once: *a send whose reply was lost, or that could not be noted, may be repeated*.
- **?** The order was refunded although its video is in the chat, and the text does not deny it: *if it never succeeds again, it is refunded although it arrived*.
- **t** The seller was notified of the refund more than once: *the news of a refund may be repeated in the same cases*.
- **o** KIE made a video that nothing fetched: *may cost the operator a KIE charge*.

The second part says whether every run ended as expected: **✓** if so, **✗** with the count of the runs that did not. Expected is: no
credit lost or minted, no invariant broken, no open job, no wrong text, and no anomaly that this fault does not explain. Where a fault
only delays (an old image, a dead letter, a message that comes twice or late, a batch of which an entry fails, a forged callback), exactly as many jobs as without it must be delivered and refunded.

- **·** The fault is not injected. It cannot happen there, or the caller sees the same as in another cell of the row. A message
  cannot come twice where none is sent. A read has no transaction to conflict with. A late reply to a read is a lost reply. A daily Scan that misses an account finds it the next day.
- **a** No scenario makes this call without another fault: see the appendix.

";

/// The text before the table of all other runs.
const APPENDIX: &str = "
## Appendix: random workloads and several faults

In these runs more than one fault struck, or the workload was random. The oracle examined them as above. Their endings mix the
effects of several faults, so a cell only counts the runs in which its fault struck.

";

/// The text before the causes of refunds of jobs whose video arrived.
const UNCONFIRMED: &str = "
## Refunded although the video arrived

Jobs of all runs, by the fault that kept Telegram's acceptance from being recorded. A run with such a job and no such fault is a defect, and
so is a run in which the job lost an attempt without a call to Telegram.

";

/// The text of the page.
#[must_use]
pub fn page(tally: &Tally) -> String {
    let mut out = HEAD.to_owned();
    let is_single = |point: &FaultPoint| tally.cells.iter().any(|((of, _), hits)| of == point && hits.single.runs > 0);
    let rows = tally.reached().filter(|point| is_single(point));
    table(&mut out, tally, rows, |hits| if hits.single.runs > 0 { single(&hits.single) } else { "a".to_owned() });
    let singles = tally.cells.values().map(|hits| &hits.single);
    let (runs, unexpected) = singles.fold((0, 0), |sum, single| (sum.0 + single.runs, sum.1 + single.unexpected));
    let _infallible = writeln!(out, "\n{runs} runs with one fault, {unexpected} of them not as expected.");
    out += APPENDIX;
    table(&mut out, tally, tally.reached(), |hits| hits.others.to_string());
    out += UNCONFIRMED;
    for (cause, caused) in &tally.refunded_though_sent {
        let _infallible = writeln!(out, "- {} × {cause}", caused.jobs);
    }
    let Tally { runs, faults, checks, lost, minted, misinformed, open, .. } = tally;
    let _infallible = write!(
        out,
        "\nAll runs together: {runs} runs, {faults} faults injected, invariants checked {checks} times: {lost} credits lost, \
         {minted} credits minted, {misinformed} people misinformed, {open} jobs open.\n"
    );
    out
}

/// A table of fault points and faults.
fn table<'a>(out: &mut String, tally: &Tally, rows: impl Iterator<Item = &'a FaultPoint>, text: impl Fn(&Hits) -> String) {
    let columns = FaultKind::ALL.map(FaultKind::name).join(" | ");
    let _infallible = writeln!(out, "| call | {columns} |\n|---|{}", "---|".repeat(FaultKind::ALL.len()));
    for point in rows {
        let cell = |fault: FaultKind| match tally.cells.get(&(point.clone(), fault)) {
            _ if !point.can_meet(fault) => "·".to_owned(),
            Some(hits) => text(hits),
            None => "**missing**".to_owned(),
        };
        let cells: Vec<_> = FaultKind::ALL.into_iter().map(cell).collect();
        let _infallible = writeln!(out, "| {point} | {} |", cells.join(" | "));
    }
}

fn single(single: &SingleFault) -> String {
    let signs = signs(&single.deviations);
    if single.unexpected == 0 { format!("{signs} ✓") } else { format!("{signs} ✗ {}", single.unexpected) }
}

fn signs(deviations: &BTreeSet<Deviation>) -> String {
    deviations.iter().map(|deviation| deviation.sign()).collect()
}

#[cfg(test)]
mod tests {
    use scenarios::all;

    use super::*;
    use crate::{
        event::Event,
        fault_point::{Aws, Service},
        oracle::JobEnding,
        outcome::{Endings, RunOutcome},
        plan::Plan,
        task::Task,
    };

    /// The outcome of a run with one call, at which a fault struck.
    fn outcome(fault: FaultKind, endings: Endings) -> RunOutcome {
        with_one_call(Some(fault), endings)
    }

    fn with_one_call(fault: Option<FaultKind>, endings: Endings) -> RunOutcome {
        let point = FaultPoint {
            caller: "sender",
            service: Service::Aws(Aws::DynamoDb),
            operation: "TransactWriteItems capture".to_owned(),
        };
        let undisturbed = Some(Endings::from([(JobEnding::Delivered, 1)]));
        RunOutcome {
            events: vec![Event { at_ms: 0, point, fault, status: 0, job: None }],
            endings,
            undisturbed,
            ..RunOutcome::default()
        }
    }

    #[test]
    fn the_table_shows_single_faults_of_scenarios_and_the_appendix_all_other_runs() {
        let clean = Task::clean(all()[0]);
        let single = |fault| Task { plan: Plan::At(vec![(0, fault)]), ..clean.clone() };
        let delivered = || Endings::from([(JobEnding::Delivered, 1)]);
        let mut tally = Tally::default();
        // A row needs a run in which the call meets no fault.
        tally.count(&with_one_call(None, delivered()), &clean);
        let again = Endings::from([(JobEnding::Delivered, 1), (JobEnding::SentAgain, 1)]);
        tally.count(&outcome(FaultKind::ReplyLost, delivered()), &single(FaultKind::ReplyLost));
        tally.count(&outcome(FaultKind::ReplyLost, again), &single(FaultKind::ReplyLost));
        let open = RunOutcome { open: vec!["one".to_owned()], ..outcome(FaultKind::Conflict, Endings::new()) };
        tally.count(&open, &single(FaultKind::Conflict));
        tally.count(&outcome(FaultKind::Late, delivered()), &Task::workload(1));

        let page = page(&tally);
        let rows: Vec<_> =
            page.lines().filter(|line| line.starts_with("| sender · DynamoDB TransactWriteItems capture |")).collect();
        let [table, appendix] = rows.as_slice() else { panic!("{page}") };
        let cells = |row: &str| row.split(" | ").map(str::to_owned).collect::<Vec<_>>();
        let (table, appendix) = (cells(table), cells(appendix));
        assert_eq!((table[4].as_str(), table[6].as_str(), table[7].as_str()), ("- ✗ 1", "=2 ✓", "a"));
        assert_eq!((appendix[4].as_str(), appendix[6].as_str(), appendix[7].as_str()), ("0", "0", "1"));
        assert!(page.contains("3 runs with one fault, 1 of them not as expected."), "{page}");
    }
}
