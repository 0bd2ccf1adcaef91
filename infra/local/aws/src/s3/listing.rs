//! ListObjectsV2: prefix, delimiter, pages.

use std::collections::BTreeMap;

use s3s::dto::{CommonPrefix, ETag, ListObjectsV2Input, ListObjectsV2Output, Timestamp};

use super::store::Object;

/// One line of a listing: a key, or all keys that share a prefix up to the delimiter.
enum Line {
    Key(String),
    Prefix(String),
}

impl Line {
    /// Where the next page begins: after the key, or after all keys with the prefix.
    fn resume_after(&self) -> String {
        match self {
            Self::Key(key) => key.clone(),
            Self::Prefix(prefix) => format!("{prefix}\u{10FFFF}"),
        }
    }
}

/// One page of a bucket's listing. The continuation token is the key or prefix after which it continues.
pub(super) fn page(objects: &BTreeMap<String, Object>, input: ListObjectsV2Input) -> ListObjectsV2Output {
    let max = usize::try_from(input.max_keys.unwrap_or(1_000)).unwrap_or(0).min(1_000);
    let mut lines = lines(objects, &input);
    let is_truncated = lines.len() > max;
    lines.truncate(max);
    let next = lines.last().filter(|_| is_truncated).map(Line::resume_after);
    let (mut contents, mut prefixes) = (vec![], vec![]);
    for line in lines {
        match line {
            Line::Key(key) => contents.extend(objects.get(&key).map(|object| entry(key, object))),
            Line::Prefix(prefix) => prefixes.push(CommonPrefix { prefix: Some(prefix) }),
        }
    }
    ListObjectsV2Output {
        key_count: i32::try_from(contents.len() + prefixes.len()).ok(),
        max_keys: i32::try_from(max).ok(),
        is_truncated: Some(is_truncated),
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        next_continuation_token: next,
        continuation_token: input.continuation_token,
        delimiter: input.delimiter,
        name: Some(input.bucket),
        prefix: input.prefix,
        start_after: input.start_after,
        ..Default::default()
    }
}

fn lines(objects: &BTreeMap<String, Object>, input: &ListObjectsV2Input) -> Vec<Line> {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.continuation_token.as_deref().or(input.start_after.as_deref()).unwrap_or_default();
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let mut lines: Vec<Line> = vec![];
    for key in objects.keys().filter(|key| key.starts_with(prefix) && key.as_str() > after) {
        let rest = key.get(prefix.len()..).unwrap_or_default();
        let folder = delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()));
        match folder.and_then(|end| key.get(..prefix.len() + end)) {
            None => lines.push(Line::Key(key.clone())),
            Some(folder) if matches!(lines.last(), Some(Line::Prefix(last)) if last == folder) => {}
            Some(folder) => lines.push(Line::Prefix(folder.to_owned())),
        }
    }
    lines
}

fn entry(key: String, object: &Object) -> s3s::dto::Object {
    s3s::dto::Object {
        key: Some(key),
        size: i64::try_from(object.body.len()).ok(),
        e_tag: Some(ETag::Strong(object.e_tag.clone())),
        last_modified: Some(Timestamp::from(object.modified)),
        ..Default::default()
    }
}
