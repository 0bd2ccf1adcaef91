//! The people of the page: each has a chat with the bot in the fake Telegram.

use std::sync::{Mutex, PoisonError};

use domain::locale::Locale;
use fakes::telegram::{Person, Telegram};

/// Telegram's id of the first person.
const FIRST_ID: i64 = 700_000_001;
/// Most people of the page.
const PEOPLE_MAX: usize = 40;
/// Longest name of a person, in characters.
const NAME_MAX_CHARS: usize = 32;

/// A person of the page.
#[derive(Clone)]
pub(crate) struct Contact {
    pub name: String,
    pub locale: Locale,
    pub person: Person,
}

/// The fake Telegram and the people of the page, in the order in which they came.
pub(crate) struct Chats {
    /// The fake Telegram.
    pub telegram: Telegram,
    people: Mutex<Vec<Contact>>,
}

impl Chats {
    /// The people of an earlier run; two at the first start.
    pub fn of(telegram: Telegram) -> Self {
        let known = telegram.people();
        let chats = Self { telegram, people: Mutex::default() };
        for (id, name, language) in &known {
            let locale = Locale::ALL.into_iter().find(|locale| locale.code() == language).unwrap_or(Locale::En);
            chats.push(*id, name, locale);
        }
        if known.is_empty() {
            for (name, locale) in [("Anna", Locale::Ru), ("Ben", Locale::En)] {
                let _known = chats.add(name, locale);
            }
        }
        chats
    }

    /// Adds a person.
    ///
    /// # Errors
    /// The name is empty or too long, or there are too many people.
    pub fn add(&self, name: &str, locale: Locale) -> Result<Contact, String> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS {
            return Err(format!("a name has 1 to {NAME_MAX_CHARS} characters"));
        }
        let count = self.all().len();
        if count >= PEOPLE_MAX {
            return Err(format!("the page has room for {PEOPLE_MAX} people"));
        }
        Ok(self.push(FIRST_ID + i64::try_from(count).unwrap_or_default(), name, locale))
    }

    fn push(&self, id: i64, name: &str, locale: Locale) -> Contact {
        let contact = Contact { name: name.to_owned(), locale, person: self.telegram.person(id, locale.code(), name) };
        self.people.lock().unwrap_or_else(PoisonError::into_inner).push(contact.clone());
        contact
    }

    /// The person with this Telegram id.
    pub fn get(&self, id: i64) -> Option<Contact> {
        self.all().into_iter().find(|contact| contact.person.id() == id)
    }

    /// Everybody.
    pub fn all(&self) -> Vec<Contact> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
