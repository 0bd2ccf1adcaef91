//! Writes `docs/permissions.md`.

use std::fmt::Write as _;

use testkit::uses::Uses;

/// A cell names this many operations; further operations are only counted.
const NAMED_MAX: usize = 6;

/// The page of the permissions that each function uses. They equal the permissions that its role allows.
#[must_use]
pub fn page(uses: &Uses) -> String {
    let mut out = String::from(
        "# What each function may do\n\n\
         `UPDATE_DOCS=1 cargo nextest run --package permissions` writes this page from the calls of the functions in all\n\
         scenarios, in a scenario whose healthy jobs become dead letters, and for an operator. The same test compares the page\n\
         with the roles in [infra/template.yaml](../infra/template.yaml). It fails if a function uses a permission that its\n\
         role does not allow, and if a role allows a permission that its function does not use. It also checks that the roles\n\
         allow every call in [faults.md](faults.md). `make test` checks the roles against the calls of the deployed functions\n\
         to LocalStack.\n\n\
         A presigned URL acts with the role of the function that signed it: KIE fetches photos and Telegram fetches videos by\n\
         such URLs. A transaction needs the permissions of each of its writes.\n",
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
