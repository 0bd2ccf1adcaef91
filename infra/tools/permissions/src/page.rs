//! `docs/permissions.md`.

use std::fmt::Write as _;

use testkit::uses::Uses;

/// Operations that are named in a cell; more are counted.
const NAMED_MAX: usize = 6;

/// The page of what every function uses, which is what its role allows.
#[must_use]
pub fn page(uses: &Uses) -> String {
    let mut out = String::from(
        "# What each function may do\n\n\
         Made by `UPDATE_DOCS=1 cargo nextest run --package permissions` from what \
         the functions did in all scenarios, in one with dead letters of healthy jobs, and for an operator. The test of that name compares it \
         with the roles in [infra/template.yaml](../infra/template.yaml): what is used and not allowed fails, and so does what is allowed and \
         not used. It also holds the roles against every call that `make simulate` knows, with a fault at each ([faults](faults.md)); and `make \
         test` against what the deployed functions ask of LocalStack.\n\n\
         An address that a function signs acts with the function's role: KIE fetches photos, and Telegram videos, by such addresses. A \
         transaction needs what each of its writes needs by itself.\n",
    );
    let mut function = "";
    for (permission, operations) in uses.iter() {
        if permission.function != function {
            function = &permission.function;
            let _infallible = write!(out, "\n## {function}\n\n| action | resource | for |\n|---|---|---|\n");
        }
        let mut named: Vec<&str> = operations.iter().map(String::as_str).take(NAMED_MAX).collect();
        let more = operations.len().saturating_sub(NAMED_MAX);
        let more = format!("{more} more");
        if operations.len() > NAMED_MAX {
            named.push(&more);
        }
        let _infallible = writeln!(out, "| {} | {} | {} |", permission.action, permission.resource, named.join(", "));
    }
    out
}
