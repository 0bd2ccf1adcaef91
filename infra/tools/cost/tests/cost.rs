//! Tests that docs/cost.md equals a new measurement, and that the embedded table counts units as DynamoDB does.

#[cfg(test)]
mod cost {
    use bytes::Bytes;
    use cost::{
        difference::differences,
        page::Page,
        units::{SaysUnits, Units, consumed},
    };
    use domain::catalog::Catalog;
    use local_aws::{
        dynamodb::DynamoDb,
        net::{Request, Service},
    };
    use serde_json::{Value, json};

    const TABLE: &str = "bill";

    fn kept() -> String {
        std::fs::read_to_string(Page::path()).unwrap_or_default()
    }

    /// Fails if an order or a sweep makes more requests than docs/cost.md has, and if a price or an assumption changed without a
    /// new page.
    #[test]
    fn the_page_equals_a_new_measurement() {
        let measured = Page::measured().unwrap().text().unwrap();
        let found = differences(&kept(), &measured);
        assert!(
            found.is_empty(),
            "docs/cost.md differs from a new measurement; run `make cost`, which writes it:\n{}",
            found.join("\n")
        );
    }

    #[test]
    fn one_request_more_than_on_the_page_is_reported_as_grown() {
        let (kept, call) = (kept(), "| generator · DynamoDB PutItem | ");
        let at = kept.find(call).expect("docs/cost.md has no row of the generator's PutItem") + call.len();
        let count: u32 = kept[at..].split(' ').next().unwrap().parse().unwrap();
        let before = format!("{}{}{}", &kept[..at], count - 1, &kept[at + count.to_string().len()..]);
        let found = differences(&before, &kept);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("grew: An order, from confirm to capture | generator · DynamoDB PutItem"), "{found:?}");
    }

    #[test]
    fn the_page_is_readable() {
        let page = kept();
        let prose = page.lines().filter(|line| !line.starts_with('|'));
        assert!(prose.into_iter().all(|line| line.chars().count() <= 150), "docs/cost.md has a line over 150 characters");
        assert!(!page.contains("NaN") && !page.contains("inf "), "docs/cost.md has a figure that is no number");
    }

    #[test]
    fn the_page_names_every_offered_row_with_its_price_at_kie() {
        let (page, catalog) = (kept(), Catalog::built_in().unwrap());
        assert!(page.contains(&catalog.priced_on), "docs/cost.md lacks the day of KIE's prices");
        for row in catalog.offered() {
            let length = row.default_length();
            let start = format!("| `{}`, {} s | {} | ", row.id, length.secs, row.model);
            let line = page.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("docs/cost.md lacks {start}"));
            assert!(line.contains(&format!("| ${:.3} |", catalog.cost_usd(&length))), "{line}");
        }
    }

    /// A table that reports the units of each request.
    struct Table(SaysUnits);

    impl Table {
        fn new() -> Self {
            let table = DynamoDb::new().unwrap();
            table.create_table(TABLE).unwrap();
            Self(SaysUnits(table))
        }

        async fn ask(&self, operation: &str, mut body: Value) -> Units {
            if operation != "TransactWriteItems" && operation != "BatchGetItem" {
                body["TableName"] = TABLE.into();
            }
            let mut request = Request::new(Bytes::from(body.to_string()));
            let target = format!("DynamoDB_20120810.{operation}");
            request.headers_mut().insert("x-amz-target", target.parse().unwrap());
            consumed(operation, &self.0.call(request).await).unwrap()
        }

        async fn put(&self, item: &Value) -> f64 {
            self.ask("PutItem", json!({"Item": item})).await.write
        }
    }

    /// An item of this many bytes. With a due time it is in the index.
    fn item(bytes: usize, due_at: Option<u32>) -> Value {
        let mut item = json!({"pk": {"S": "a"}, "sk": {"S": "b"}});
        // The other seven bytes are the names and values pk, a, sk, b, and the name x.
        item["x"] = json!({"S": "x".repeat(bytes - 7)});
        if let Some(due_at) = due_at {
            item["due_shard"] = json!({"S": "0"});
            item["due_at"] = json!({"N": due_at.to_string()});
        }
        item
    }

    #[tokio::test]
    async fn a_write_is_a_unit_a_kilobyte_and_an_index_entry_that_moves_is_two() {
        let table = Table::new();
        assert_eq!(table.put(&item(1024, None)).await, 1.0);
        assert_eq!(table.put(&item(1025, None)).await, 2.0);
        assert_eq!(table.put(&item(100, None)).await, 2.0, "the larger of both images counts");
        assert_eq!(table.put(&item(100, Some(1))).await, 1.0 + 1.0, "the item enters the index");
        assert_eq!(table.put(&item(101, Some(1))).await, 1.0, "the index keeps only keys");
        assert_eq!(
            table.put(&item(101, Some(2))).await,
            1.0 + 2.0,
            "the index entry moves: one unit for its removal, one for the new entry"
        );
        assert_eq!(table.put(&item(101, None)).await, 1.0 + 1.0, "the item leaves the index");
    }

    #[tokio::test]
    async fn a_transaction_is_twice_for_the_table_and_once_for_the_index() {
        let table = Table::new();
        let put = |item: Value| json!({"TransactItems": [{"Put": {"TableName": TABLE, "Item": item}}]});
        let write = async |item| table.ask("TransactWriteItems", put(item)).await.write;
        assert_eq!(write(item(1024, None)).await, 2.0);
        assert_eq!(write(item(1025, None)).await, 4.0);
        assert_eq!(write(item(1025, Some(1))).await, 4.0 + 1.0);
        assert_eq!(write(item(1025, Some(2))).await, 4.0 + 2.0);
    }

    #[tokio::test]
    async fn a_read_is_a_unit_for_four_kilobytes_half_if_eventual_and_never_free() {
        let table = Table::new();
        let key = json!({"pk": {"S": "a"}, "sk": {"S": "b"}});
        let get = async |consistent| table.ask("GetItem", json!({"Key": key, "ConsistentRead": consistent})).await.read;
        assert_eq!((get(true).await, get(false).await), (1.0, 0.5), "a read of a missing item is billed");
        table.put(&item(4097, Some(1))).await;
        assert_eq!((get(true).await, get(false).await), (2.0, 1.0));
        let both = json!({"RequestItems": {TABLE: {"Keys": [key], "ConsistentRead": true}}});
        assert_eq!(table.ask("BatchGetItem", both).await.read, 2.0);
        let due = json!({"IndexName": "due", "KeyConditionExpression": "due_shard = :s", "ExpressionAttributeValues": {":s": {"S": "1"}}});
        assert_eq!(table.ask("Query", due).await.read, 0.5, "a query of an index is eventual, and an empty result is billed");
    }
}
