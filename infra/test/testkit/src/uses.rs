//! The permissions that the functions used, as an interceptor or the proxy records them, and their difference from what the roles
//! allow.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::requests::Access;

/// One thing that a function may do, or did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// The function, by the last part of its name.
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

/// What was done, and what for.
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

    /// What is used and not allowed: on AWS it fails. Empty is good.
    #[must_use]
    pub fn not_allowed(&self, allowed: &BTreeSet<Permission>) -> Vec<Permission> {
        self.0.keys().filter(|used| !allowed.contains(used)).cloned().collect()
    }

    /// What is allowed and was not used. Empty is good.
    #[must_use]
    pub fn not_used(&self, allowed: &BTreeSet<Permission>) -> Vec<Permission> {
        allowed.iter().filter(|allowed| !self.0.contains_key(allowed)).cloned().collect()
    }

    /// Each permission that was used, with the operations that needed it.
    pub fn iter(&self) -> impl Iterator<Item = (&Permission, &BTreeSet<String>)> {
        self.0.iter()
    }

    /// The actions used, by function, on any resource.
    pub fn actions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.keys().map(|used| (used.function.as_str(), used.action.as_str()))
    }

    /// These uses and others.
    pub fn add(&mut self, others: Self) {
        for (permission, operations) in others.0 {
            self.0.entry(permission).or_default().extend(operations);
        }
    }
}

/// The resource of an access as the template names it. There is one table, one bucket and one parameter; queues differ by name.
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

/// A queue's name in the template: `GenerateDeadQueue` of `generate-dead`.
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
    fn what_is_missing_and_what_is_too_much_are_both_found() {
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
