//! Refuses charges while the disk is almost full: a film that was paid for has to find room.

use std::path::PathBuf;

use local_aws::{
    errors::{Service, server_error},
    net::{Action, CallInfo, Interceptor, NetError, Response},
};

/// The room that has to be free, in bytes, unless `DISK_FREE_MIN_MB` names another: some hundred films, photos and the table's log.
const FREE_MIN_BYTES: u64 = 500_000_000;

/// Watches the disk of the data.
pub(crate) struct Disk {
    folder: PathBuf,
    min_bytes: u64,
}

impl Disk {
    /// The disk of this folder.
    ///
    /// # Errors
    /// The smallest room is no number.
    pub fn of(folder: PathBuf, min_mb: Option<&str>) -> Result<Self, String> {
        let min_bytes = match min_mb {
            None => FREE_MIN_BYTES,
            Some(text) => text
                .trim()
                .parse::<u64>()
                .map(|mb| mb.saturating_mul(1_000_000))
                .map_err(|_| format!("DISK_FREE_MIN_MB is {text:?}, and must be a number of megabytes"))?,
        };
        Ok(Self { folder, min_bytes })
    }

    /// Whether there is room for more orders. A disk that cannot be asked counts as one with room.
    pub fn has_room(&self) -> bool {
        let Ok(disk) = rustix::fs::statvfs(&self.folder) else { return true };
        disk.f_bavail.saturating_mul(disk.f_frsize) >= self.min_bytes
    }
}

impl Interceptor for Disk {
    fn before(&self, call: &CallInfo) -> Action {
        let is_charge = call.caller == "webhook"
            && call.operation.as_deref() == Some("TransactWriteItems")
            && String::from_utf8_lossy(&call.body).contains("LEDGER#CHARGE#");
        if is_charge && !self.has_room() {
            tracing::error!(folder = %self.folder.display(), "the disk is almost full: an order is refused, and nothing is charged");
            return Action::Reply(server_error(Service::DynamoDb));
        }
        Action::Pass
    }

    fn after(&self, _: &CallInfo, _: &Result<Response, NetError>) {}
}
