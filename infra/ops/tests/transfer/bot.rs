//! The table of a bot, with an operator's context; and folders for exports.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use adapters::{clock::Clock, config::Env, rng::Rng, table::Table, wire::Wire};
use app::Setup;
use local_aws::{
    dynamodb::DynamoDb,
    net::{Net, Request},
};
use ops::{
    audit,
    context::{Answer, OpsContext, OpsError},
    export::{Exported, How, export},
    import_folder::{FolderImported, import_folder},
};
use serde_json::{Value, json};

pub const TABLE: &str = "neurocards";

/// A bot: its table and its operator.
pub struct Bot {
    pub dynamodb: DynamoDb,
    pub net: Net,
    pub table: Table,
    pub context: OpsContext,
}

impl Bot {
    pub async fn new() -> Self {
        let (net, dynamodb) = (Net::new(), DynamoDb::new().unwrap());
        dynamodb.create_table(TABLE).unwrap();
        net.mount("dynamodb.local", dynamodb.clone());
        let env = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "AK"),
            ("AWS_SECRET_ACCESS_KEY", "SK"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://dynamodb.local"),
            ("TABLE_NAME", TABLE),
        ];
        let clock = Clock::tokio("2026-12-01T10:00:00Z".parse().unwrap());
        let setup = Setup::new(Env::from_map(env), Wire::over(net.clone()), clock, Rng::seeded(1)).await.unwrap();
        let table = setup.services().table().unwrap();
        Self { dynamodb, net, table, context: OpsContext::new(&setup, "tester, key none") }
    }

    /// Every item of the table, by its key.
    pub fn everything(&self) -> BTreeMap<String, Value> {
        let mut items = BTreeMap::new();
        let mut scan = json!({ "TableName": TABLE, "ConsistentRead": true });
        loop {
            let mut page = self.call("Scan", &scan);
            for item in page["Items"].as_array_mut().unwrap().iter_mut().map(Value::take) {
                items.insert(format!("{} {}", item["pk"]["S"].as_str().unwrap(), item["sk"]["S"].as_str().unwrap()), item);
            }
            match page["LastEvaluatedKey"].take() {
                Value::Null => return items,
                next => scan["ExclusiveStartKey"] = next,
            }
        }
    }

    /// The items that an export carries: accounts, ledgers and jobs.
    pub fn carried(&self) -> BTreeMap<String, Value> {
        let mut items = self.everything();
        items.retain(|key, _| key.ends_with(" PROFILE") || key.contains(" LEDGER#") || key.contains(" JOB#"));
        items
    }

    /// Puts an item without the ledger's guard.
    pub fn put(&self, item: &Value) {
        self.call("PutItem", &json!({ "TableName": TABLE, "Item": item }));
    }

    fn call(&self, operation: &str, body: &Value) -> Value {
        let mut request = Request::new(body.to_string().into());
        request.headers_mut().insert("x-amz-target", format!("DynamoDB_20120810.{operation}").parse().unwrap());
        let reply = self.dynamodb.unguarded().handle(&request);
        assert_eq!(reply.status(), 200, "{reply:?}");
        serde_json::from_slice(reply.body()).unwrap()
    }

    pub async fn export(&self, folder: &Path, how: How) -> Result<Exported, OpsError> {
        export(&self.context, folder, &how).await
    }

    pub async fn import(&self, folder: &Path, apply: bool) -> Result<FolderImported, OpsError> {
        import_folder(&self.context, folder, "the move", apply).await
    }

    /// Checks that the money invariants hold, and that the ledger's guard refused nothing.
    pub async fn all_is_well(&self) {
        let audited = audit::audit(&self.context).await.unwrap();
        assert!(!audited.found_problems(), "{audited}");
        assert_eq!(self.dynamodb.guard().unwrap().refused(), Vec::<String>::new());
    }
}

/// A folder of a test, deleted at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("neurocards-transfer-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The path of an export in this folder.
    pub fn export(&self) -> PathBuf {
        self.0.join("export")
    }

    /// The names in this folder.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}

/// The rows of a file, as JSON.
pub fn rows(folder: &Path, file: &str) -> Vec<Value> {
    fs::read_to_string(folder.join(file)).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
