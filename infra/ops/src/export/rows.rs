//! The rows of an export. A CSV file has the fields of the row as columns. A JSON line has the same fields, and in `item` the item of
//! the table that an import writes.

use adapters::table::{Account, Storable, Stored, StoredItem};
use domain::{
    catalog::{Kind, Style},
    classify::Class,
    credits::{Entry, EntryKind},
    ids::JobId,
    job::{Job, State},
    locale::Locale,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Form;

/// Most bytes of a line of JSON. An item of DynamoDB has at most 400 kB.
pub const LINE_MAX_BYTES: usize = 1024 * 1024;

/// A row of a file.
pub trait Row: Serialize + DeserializeOwned + PartialEq {
    /// The value of the row.
    type Value: Storable;
    /// The name of the file, without the ending.
    const FILE: &'static str;
    /// The columns, in their order.
    const COLUMNS: &'static [&'static str];

    /// The row of a value.
    fn of(stored: &Stored<Self::Value>) -> Self;

    /// The row for a spreadsheet. A spreadsheet takes a text that begins like a formula for one, so such a text gets a quote.
    #[must_use]
    fn for_a_spreadsheet(self) -> Self {
        self
    }
}

/// A line of JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line<R> {
    /// The row.
    #[serde(flatten)]
    pub row: R,
    /// The item of the table.
    pub item: StoredItem,
}

/// The name of a file of rows.
#[must_use]
pub fn file_name<R: Row>(form: Form) -> String {
    let ending = match form {
        Form::Json => "jsonl",
        Form::Csv => "csv",
    };
    format!("{}.{ending}", R::FILE)
}

fn quoted(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// The owner's id in Telegram.
    pub person: i64,
    /// The balance, below zero for a debt.
    pub balance: i64,
    /// The language: en or ru.
    pub language: Locale,
    /// Whether the bot can write to the owner; `false` after the owner blocked the bot.
    pub reachable: bool,
    /// When the owner accepted the terms; empty for an owner who did not.
    pub consented_at: Option<Timestamp>,
    /// When the account was opened.
    pub created_at: Option<Timestamp>,
    /// Whether the owner has bought credits.
    pub bought: bool,
    /// The payload of the link by which the owner came.
    pub came_from: Option<String>,
}

impl Row for AccountRow {
    type Value = Account;
    const FILE: &'static str = "accounts";
    const COLUMNS: &'static [&'static str] =
        &["person", "balance", "language", "reachable", "consented_at", "created_at", "bought", "came_from"];

    fn of(Stored { value, .. }: &Stored<Account>) -> Self {
        let Account { user, balance, locale, reachable, consented_at, created_at, bought, came_from } = value.clone();
        Self { person: user.0, balance: balance.0, language: locale, reachable, consented_at, created_at, bought, came_from }
    }

    fn for_a_spreadsheet(self) -> Self {
        Self { came_from: self.came_from.map(quoted), ..self }
    }
}

/// A ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// The owner's id in Telegram.
    pub person: i64,
    /// The time of the entry.
    pub at: Timestamp,
    /// The kind of entry.
    pub kind: EntryKind,
    /// Credits added or taken.
    pub amount: i64,
    /// The idempotency key.
    pub key: String,
    /// The note: the operator and the reason, for example.
    pub note: String,
}

impl Row for EntryRow {
    type Value = Entry;
    const FILE: &'static str = "ledger";
    const COLUMNS: &'static [&'static str] = &["person", "at", "kind", "amount", "key", "note"];

    fn of(Stored { value, .. }: &Stored<Entry>) -> Self {
        let Entry { user, key, kind, amount, at, note } = value;
        Self { person: user.0, at: *at, kind: *kind, amount: *amount, key: key.to_string(), note: note.clone() }
    }

    fn for_a_spreadsheet(self) -> Self {
        Self { note: quoted(self.note), ..self }
    }
}

/// A job, without the person's words and without the prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// The owner's id in Telegram.
    pub person: i64,
    /// The job's id. The keys of its charge and of its settlement end in it.
    pub job: JobId,
    /// When the owner confirmed the order.
    pub confirmed_at: Timestamp,
    /// The stage: delivered, failed or, in an export for reading, an open one.
    pub stage: String,
    /// The class of the failure of a failed job.
    pub class: Option<Class>,
    /// The price in credits; 0 for a replay.
    pub price: u32,
    /// The kind of video.
    pub kind: Kind,
    /// The style of the video.
    pub style: Style,
    /// The catalog row that was ordered.
    pub product: String,
    /// The length of the video in seconds; empty for the row's default length.
    pub seconds: Option<u32>,
    /// The number of the video in its order.
    pub number: u8,
    /// The number of videos in the order.
    pub of: u8,
    /// What KIE took, in thousandths of KIE's credits.
    pub kie_millicredits: u64,
    /// Tasks for which KIE took credits.
    pub kie_films: u32,
}

impl Row for JobRow {
    type Value = Job;
    const FILE: &'static str = "jobs";
    const COLUMNS: &'static [&'static str] = &[
        "person",
        "job",
        "confirmed_at",
        "stage",
        "class",
        "price",
        "kind",
        "style",
        "product",
        "seconds",
        "number",
        "of",
        "kie_millicredits",
        "kie_films",
    ];

    fn of(Stored { value: job, .. }: &Stored<Job>) -> Self {
        Self {
            person: job.user.0,
            job: job.id,
            confirmed_at: job.confirmed_at,
            stage: job.state.name().to_owned(),
            class: if let State::Failed { class, .. } = job.state { Some(class) } else { None },
            price: job.order.price.0,
            kind: job.order.kind,
            style: job.order.style,
            product: job.order.product.clone(),
            seconds: job.order.secs,
            number: job.id.n,
            of: job.order.count,
            kie_millicredits: job.making.kie_millicredits,
            kie_films: job.making.kie_films,
        }
    }
}
