//! The permissions that the functions used, recorded by an interceptor or the proxy, and compared with the roles.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::requests::Access;

/// A permission of a function: an action on a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// The function's name without the stack's prefix.
    pub function: String,
    /// The action: `dynamodb:PutItem`.
    pub action: String,
    /// The resource, by its name in the template: `Table`, `Table/index/due`, `GenerateQueue`, `MediaBucket/photos/*`.
    pub resource: String,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} on {}", self.function, self.action, self.resource)
    }
}

/// The permissions that were used, with the operations that needed each.
#[derive(Clone, Debug, Default)]
pub struct Uses(BTreeMap<Permission, BTreeSet<String>>);

impl Uses {
    /// Records that a function needed an access for an operation. `stack` is the prefix of the queues' names.
    pub fn record(&mut self, function: &str, operation: &str, access: &Access, stack: &str) {
        let resource = in_template(access, stack);
        self.insert(Permission { function: function.to_owned(), action: access.action.clone(), resource }, operation);
    }

    /// Records that an operation needed a permission.
    pub fn insert(&mut self, permission: Permission, operation: &str) {
        self.0.entry(permission).or_default().insert(operation.to_owned());
    }

    /// Returns the used permissions that no role allows: on AWS these calls fail. Empty when the roles suffice.
    #[must_use]
    pub fn not_allowed(&self, allowed: &BTreeSet<Permission>) -> Vec<Permission> {
        self.0.keys().filter(|used| !allowed.contains(used)).cloned().collect()
    }

    /// Returns the allowed permissions that were not used. Empty when the roles allow nothing unneeded.
    #[must_use]
    pub fn not_used(&self, allowed: &BTreeSet<Permission>) -> Vec<Permission> {
        allowed.iter().filter(|allowed| !self.0.contains_key(allowed)).cloned().collect()
    }

    /// Iterates over the used permissions, with the operations that needed each.
    pub fn iter(&self) -> impl Iterator<Item = (&Permission, &BTreeSet<String>)> {
        self.0.iter()
    }

    /// Iterates over the used actions as (function, action), once for each resource.
    pub fn actions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.keys().map(|used| (used.function.as_str(), used.action.as_str()))
    }

    /// Adds the uses of `others`.
    pub fn add(&mut self, others: Self) {
        for (permission, operations) in others.0 {
            self.0.entry(permission).or_default().extend(operations);
        }
    }
}

/// Returns the template's name of an accessed resource. There is one table, one bucket and one parameter; queues differ by name.
fn in_template(access: &Access, stack: &str) -> String {
    let (service, _) = access.action.split_once(':').unwrap_or_default();
    let after = |n: usize| access.resource.splitn(n + 1, '/').nth(n).map(|rest| format!("/{rest}")).unwrap_or_default();
    match service {
        "dynamodb" => format!("Table{}", after(2)),
        "s3" => format!("MediaBucket{}", after(1)),
        "ssm" => "SecretsParameter".to_owned(),
        _ => queue(access.resource.strip_prefix(stack).unwrap_or(&access.resource)),
    }
}

/// Returns a queue's name in the template: `GenerateDeadQueue` for `generate-dead`.
#[must_use]
pub fn queue(name: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    format!("{}Queue", name.split('-').map(capital).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(action: &str, resource: &str) -> String {
        in_template(&Access { action: action.into(), resource: resource.into() }, "stack-")
    }

    #[test]
    fn resources_are_named_as_in_the_template() {
        assert_eq!(used("dynamodb:Query", "table/stack-Table-1/index/due"), "Table/index/due");
        assert_eq!(used("dynamodb:PutItem", "table/neurocards"), "Table");
        assert_eq!(used("s3:PutObject", "bucket/photos/*"), "MediaBucket/photos/*");
        assert_eq!(used("s3:ListBucket", "bucket"), "MediaBucket");
        assert_eq!(used("ssm:GetParameter", "parameter/house/secrets"), "SecretsParameter");
        assert_eq!(
            [used("sqs:SendMessage", "stack-generate-dead"), used("sqs:SendMessage", "send")],
            ["GenerateDeadQueue", "SendQueue"]
        );
    }

    #[test]
    fn missing_and_unused_permissions_are_both_found() {
        let mut uses = Uses::default();
        let access = Access { action: "sqs:SendMessage".into(), resource: "send".into() };
        uses.record("sender", "SendMessage send", &access, "");
        let permission =
            |action: &str| Permission { function: "sender".into(), action: action.into(), resource: "SendQueue".into() };
        let allowed = BTreeSet::from([permission("sqs:DeleteMessage")]);
        assert_eq!(uses.not_allowed(&allowed), [permission("sqs:SendMessage")]);
        assert_eq!(uses.not_used(&allowed), [permission("sqs:DeleteMessage")]);
        assert_eq!(uses.not_allowed(&allowed)[0].to_string(), "sender: sqs:SendMessage on SendQueue");
    }
}
