//! The people of the page: each has a chat with the bot.

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

/// All people of the page, in the order in which they came.
pub(crate) struct People(Mutex<Vec<Contact>>);

impl People {
    /// The people of an earlier run; two at the first start.
    pub fn first(telegram: &Telegram) -> Self {
        let people = Self(Mutex::default());
        // Those of an earlier run first.
        for (id, name, language) in telegram.people() {
            let locale = Locale::ALL.into_iter().find(|locale| locale.code() == language).unwrap_or(Locale::En);
            let person = telegram.person(id, locale.code(), &name);
            people.0.lock().unwrap_or_else(PoisonError::into_inner).push(Contact { name, locale, person });
        }
        if !people.all().is_empty() {
            return people;
        }
        for (name, locale) in [("Anna", Locale::Ru), ("Ben", Locale::En)] {
            let _known = people.add(telegram, name, locale);
        }
        people
    }

    /// Adds a person.
    ///
    /// # Errors
    /// The name is empty or too long, or there are too many people.
    pub fn add(&self, telegram: &Telegram, name: &str, locale: Locale) -> Result<Contact, String> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS {
            return Err(format!("a name has 1 to {NAME_MAX_CHARS} characters"));
        }
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if people.len() >= PEOPLE_MAX {
            return Err(format!("the page has room for {PEOPLE_MAX} people"));
        }
        let id = FIRST_ID + i64::try_from(people.len()).unwrap_or_default();
        let contact = Contact { name: name.to_owned(), locale, person: telegram.person(id, locale.code(), name) };
        people.push(contact.clone());
        Ok(contact)
    }

    /// The person with this Telegram id.
    pub fn get(&self, id: i64) -> Option<Contact> {
        self.all().into_iter().find(|contact| contact.person.id() == id)
    }

    /// Everybody.
    pub fn all(&self) -> Vec<Contact> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
