//! An item exactly as the table stores it, and its JSON.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::items::{Item, sort_key};

/// An item exactly as the table stores it. Its JSON is DynamoDB's own, such as `{"sk":{"S":"PROFILE"}}`, with sorted names.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredItem(Item);

impl StoredItem {
    /// The item. DynamoDB keeps no order in a set, so sets are sorted.
    pub(super) fn new(mut item: Item) -> Self {
        for value in item.values_mut() {
            if let AttributeValue::Ss(texts) = value {
                texts.sort();
            }
        }
        Self(item)
    }

    /// The item, for a write.
    pub(super) fn item(&self) -> Item {
        self.0.clone()
    }

    /// The names of the attributes.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// An attribute.
    pub(super) fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.0.get(name)
    }

    /// The sort key.
    #[must_use]
    pub fn sort_key(&self) -> String {
        sort_key(&self.0)
    }
}

impl Serialize for StoredItem {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, Attribute(value))).collect::<BTreeMap<_, _>>())
    }
}

impl<'de> Deserialize<'de> for StoredItem {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let item = BTreeMap::<String, serde_dynamo::AttributeValue>::deserialize(from)?;
        if item.len() > ATTRIBUTES_MAX {
            return Err(D::Error::custom("the item has too many attributes"));
        }
        Ok(Self::new(item.into_iter().map(|(name, value)| (name, value.into())).collect()))
    }
}

/// More attributes than any item of ours has.
const ATTRIBUTES_MAX: usize = 100;

/// An attribute in DynamoDB's JSON, with sorted names: an unchanged item has the same text in every export.
struct Attribute<'a>(&'a AttributeValue);

impl Serialize for Attribute<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            AttributeValue::M(map) => {
                let sorted: BTreeMap<_, _> = map.iter().map(|(name, value)| (name, Attribute(value))).collect();
                to.collect_map([("M", sorted)])
            }
            AttributeValue::L(list) => to.collect_map([("L", list.iter().map(Attribute).collect::<Vec<_>>())]),
            other => serde_dynamo::AttributeValue::from(other.clone()).serialize(to),
        }
    }
}
