//! The names of a call on the page: its caller, its service, its purpose. None of them holds a secret.

use local_aws::net::CallInfo;

/// Whether the page shows the call. The polls of the queues and the sweeps come every few seconds and show nothing; the reads of the
/// page itself are no work of the bot.
pub(super) fn is_shown(call: &CallInfo) -> bool {
    let is_own_read = call.caller.is_empty() && matches!(service(&call.host), "DynamoDB" | "SQS");
    let is_poll = call.path.split('?').next().is_some_and(|path| path.ends_with("/getUpdates"));
    !matches!(call.caller, "sweeper" | "mapping")
        && !is_own_read
        && !is_poll
        && call.operation.as_deref() != Some("ReceiveMessage")
}

pub(super) fn caller(call: &CallInfo) -> &'static str {
    match (call.caller, service(&call.host)) {
        ("", "webhook") => "Telegram",
        ("", "callback") => "KIE",
        ("", "S3") => "KIE or Telegram",
        ("", "KIE") => "Telegram",
        ("", _) => "this program",
        (function, _) => function,
    }
}

pub(super) fn service(host: &str) -> &'static str {
    match host.split('.').next().unwrap_or_default() {
        "dynamodb" => "DynamoDB",
        "sqs" => "SQS",
        "ssm" => "SSM",
        "s3" => "S3",
        "llm" => "prompt writer",
        "webhook" => "webhook",
        "callback" => "callback",
        _ if host.contains("telegram") => "Telegram",
        _ if host.contains("kie") => "KIE",
        _ => "another host",
    }
}

/// The operation, or the part of the path that names one: never a token, a key or a signature.
pub(super) fn what(call: &CallInfo) -> String {
    if let Some(operation) = &call.operation {
        return operation.clone();
    }
    let path = call.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match (service(&call.host), parts.as_slice()) {
        ("Telegram", ["file", ..]) => "file".to_owned(),
        ("Telegram", [_, method]) => (*method).to_owned(),
        ("S3", [_, folder, ..]) => format!("{} {folder}", call.method),
        ("KIE", ["api", .., name]) => (*name).to_owned(),
        ("KIE", [folder, ..]) => (*folder).to_owned(),
        ("webhook", _) => "update".to_owned(),
        ("callback", _) => "task ended".to_owned(),
        _ => call.method.to_string(),
    }
}
