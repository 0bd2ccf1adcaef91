//! A measured call: caller, service and operation.

use std::fmt;

use local_aws::{errors::Service as Aws, net::CallInfo};
use serde_json::Value;
use testkit::requests::{Service, is_by_address, object_operation, outside_operation, path};

/// The caller's name when Lambda's own poller of a queue calls.
pub const POLLER: &str = "mapping";
/// The caller's name when a service outside fetches a presigned URL of the bucket: KIE fetches the photo, Telegram the video.
pub const BY_ADDRESS: &str = "by address";

/// A caller, the service that it calls, and the operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The calling function, [`POLLER`] or [`BY_ADDRESS`].
    pub caller: &'static str,
    /// The service that is called.
    pub service: Service,
    /// The operation, such as `PutItem`.
    pub operation: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10} {:<8} {}", self.caller, self.service.name(), self.operation)
    }
}

impl Call {
    /// Reads a call; `None` for requests to our own functions, which count as invocations, and for reads that a test makes.
    #[must_use]
    pub fn of(call: &CallInfo) -> Option<Self> {
        let service = Service::of(call).filter(|service| !matches!(service, Service::Webhook | Service::Callback))?;
        let action = || call.operation.clone().unwrap_or_default();
        let operation = match service {
            Service::Aws(Aws::DynamoDb) if reads_index(call) => "Query due".to_owned(),
            Service::Aws(Aws::S3) => object_operation(call.method.as_str(), path(call)),
            Service::Aws(_) => action(),
            _ => outside_operation(path(call)),
        };
        let caller = if is_by_address(call) { BY_ADDRESS } else { call.caller };
        (!caller.is_empty()).then_some(Self { caller, service, operation })
    }

    /// Whether the request leaves AWS.
    #[must_use]
    pub fn leaves_aws(&self) -> bool {
        matches!(self.service, Service::Telegram | Service::Kie | Service::Writer)
    }
}

/// Whether a call is a Query of the index of open jobs.
fn reads_index(call: &CallInfo) -> bool {
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    call.operation.as_deref() == Some("Query") && body.get("IndexName").is_some()
}
