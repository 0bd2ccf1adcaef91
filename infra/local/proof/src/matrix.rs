//! `docs/faults.md`: rows the calls, columns the faults, each cell its endings and the count of runs.

use std::fmt::Write as _;

use crate::{fault::Fault, judge::Ended, tally::Tally};

/// The page.
#[must_use]
pub fn page(tally: &Tally) -> String {
    let mut out = String::from(
        "# What happens when a call fails\n\n\
         Every call the system makes, and every fault that can strike there: run by `make proof`, which writes this page. A cell says \
         how the jobs of those runs ended, and how many runs there were. A call that is made only after another fault was struck \
         together with that one.\n\n\
         - **D** delivered and captured. **R** refunded, and the person told (or unreachable).\n\
         - Four more are accepted, each by a sentence of [what it does not promise](../README.md#what-it-does-not-promise); none of them \
         costs the person a credit:\n\
           - **2** the video is in the chat more than once: *a send whose reply was lost may be repeated*.\n\
           - **?** refunded although a video is in the chat, which the text does not deny: *if it never succeeds again, it is refunded \
         although it arrived*.\n\
           - **t** the news came more than once: *the news of a refund may be repeated after a crash*.\n\
           - **o** KIE made a film that nobody fetched: *may cost the operator a KIE charge*.\n\
         - **·** cannot happen: a message cannot come twice where nothing is sent, a read has no transaction to conflict with, and whom \
         the daily Scan does not see yet, the next one sees.\n\n",
    );
    let columns = Fault::ALL.map(Fault::name).join(" | ");
    let _infallible = writeln!(out, "| call | {columns} |\n|---|{}", "---|".repeat(Fault::ALL.len()));
    for site in tally.sites.keys() {
        let cell = |fault: Fault| {
            if !fault.strikes(site) {
                return "·".to_owned();
            }
            match tally.cells.get(&(site.clone(), fault)) {
                Some(met) => {
                    let letters: String = met.endings.iter().map(|ended: &Ended| ended.letter()).collect();
                    format!("{} {}", if letters.is_empty() { "-" } else { &letters }, met.runs)
                }
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
