//! `docs/faults.md`: rows the calls, columns the faults, each cell its endings and the count of runs.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::{fault::Fault, judge::Ended, tally::Tally};

/// The page.
#[must_use]
pub fn page(tally: &Tally) -> String {
    let mut out = String::from(
        "# What happens when a call fails\n\n\
         Every call that a story or a random history makes, and every fault that can strike there: run by `make proof`, which writes \
         this page. A cell says how the jobs of the runs ended in which nothing else struck, and how many runs it struck in at all. \
         Stories have failures of their own (a task fails, a reply is lost), so a letter may be theirs. In brackets is what was struck \
         only together with other faults, and how those runs ended: a call that is made only after another fault, or only in random \
         histories.\n\n\
         - **D** delivered and captured. **R** refunded, and the person told (or unreachable).\n\
         - Four more are accepted, each by a sentence of [what it does not promise](../README.md#what-it-does-not-promise); none of them \
         costs the person a credit:\n\
           - **2** the video is in the chat more than once: *a send whose reply was lost, or that could not be noted, may be \
         repeated*.\n\
           - **?** refunded although a video is in the chat, which the text does not deny: *if it never succeeds again, it is refunded \
         although it arrived*.\n\
           - **t** the news came more than once: *the news of a refund may be repeated in the same cases*.\n\
           - **o** KIE made a film that nobody fetched: *may cost the operator a KIE charge*.\n\
         - **·** not injected: it cannot happen (a message cannot come twice where nothing is sent, a read has no transaction to \
         conflict with, whom the daily Scan does not see yet, the next one sees), or the caller sees the same as in a cell beside it \
         (a throttled queue or store is a server error to the SDK, a late answer to a read is a lost one).\n\n",
    );
    let columns = Fault::ALL.map(Fault::name).join(" | ");
    let _infallible = writeln!(out, "| call | {columns} |\n|---|{}", "---|".repeat(Fault::ALL.len()));
    for site in tally.sites.keys() {
        let cell = |fault: Fault| {
            if !fault.strikes(site) {
                return "·".to_owned();
            }
            match tally.cells.get(&(site.clone(), fault)) {
                Some(met) if met.alone.is_empty() && !met.endings.is_empty() => {
                    format!("({}) {}", letters(&met.endings), met.runs)
                }
                Some(met) => format!("{} {}", letters(&met.alone), met.runs),
                None => "**missing**".to_owned(),
            }
        };
        let cells: Vec<_> = Fault::ALL.into_iter().map(cell).collect();
        let _infallible = writeln!(out, "| {site} | {} |", cells.join(" | "));
    }
    let _infallible = write!(
        out,
        "\nA cell with **-** struck in a conversation that ordered nothing.\n\n{} runs, {} faults injected, laws checked {} times: {} \
         credits lost, {} minted, {} people misinformed, {} jobs open.\n",
        tally.runs, tally.faults, tally.checks, tally.lost, tally.minted, tally.misinformed, tally.open
    );
    out
}

fn letters(endings: &BTreeSet<Ended>) -> String {
    if endings.is_empty() { "-".to_owned() } else { endings.iter().map(|ended| ended.letter()).collect() }
}
