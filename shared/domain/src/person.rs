//! A person as a webhook presents them: any of phone number, BSUID and parent BSUID, and which of them to believe.
//!
//! Since April 2026 every webhook carries the business-scoped user id (BSUID); the phone number may be missing. The
//! BSUID is therefore the identity, the phone an address that can change hands.
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids>

use serde::{Deserialize, Serialize};

use crate::id::digest;

/// The names a person goes by in one webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Phone number, digits only, as Meta writes it (`wa_id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Business-scoped user id (`CO.1349…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Parent BSUID (`CO.ENT.…`), the same across the portfolios of one enterprise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
    /// The name of their WhatsApp profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What kind of name an alias is, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasKind {
    /// Business-scoped user id.
    UserId,
    /// Parent business-scoped user id.
    ParentUserId,
    /// Phone number.
    Phone,
}

impl AliasKind {
    /// The kind as it stands in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserId => "user_id",
            Self::ParentUserId => "parent_user_id",
            Self::Phone => "phone",
        }
    }
}

/// One name of a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Alias {
    /// What kind of name.
    pub kind: AliasKind,
    /// The name itself.
    pub value: String,
}

impl Alias {
    /// A name of this kind. Of a phone number that has two spellings (`5215…` and `525…`) both are one name.
    pub fn of(kind: AliasKind, value: &str) -> Self {
        let value = match kind {
            AliasKind::Phone => whatsapp::phone::canonical(value).into_owned(),
            AliasKind::UserId | AliasKind::ParentUserId => value.to_owned(),
        };
        Self { kind, value }
    }

    /// Whether it identifies: everything but a phone number, which changes hands.
    pub fn is_id(&self) -> bool {
        self.kind != AliasKind::Phone
    }
}

impl From<whatsapp::webhook::Sender> for Person {
    fn from(sender: whatsapp::webhook::Sender) -> Self {
        let whatsapp::webhook::Sender { phone, user_id, parent_user_id, name, username } = sender;
        Self { phone, user_id, parent_user_id, name: name.or(username) }
    }
}

impl Person {
    /// A person known by phone number only. Everything but digits is dropped.
    pub fn by_phone(phone: &str) -> Self {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        Self { phone: (!digits.is_empty()).then_some(digits), ..Self::default() }
    }

    /// Every name of this person, strongest first.
    pub fn aliases(&self) -> Vec<Alias> {
        [
            (AliasKind::UserId, &self.user_id),
            (AliasKind::ParentUserId, &self.parent_user_id),
            (AliasKind::Phone, &self.phone),
        ]
        .into_iter()
        .filter_map(|(kind, value)| value.as_deref().map(|value| Alias::of(kind, value)))
        .collect()
    }

    /// Their phone number as a name.
    pub fn number(&self) -> Option<Alias> {
        self.phone.as_deref().map(|phone| Alias::of(AliasKind::Phone, phone))
    }

    /// The FIFO group in which this person's events queue, or nothing for a person without any name.
    ///
    /// Made from the strongest name alone, because the webhook that computes it knows nothing else; hashed, so that
    /// queue metadata carries no phone number and every group id fits SQS's 128 characters.
    pub fn group(&self) -> Option<String> {
        self.aliases().first().map(|alias| digest(&["group", alias.kind.as_str(), &alias.value]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_follows_the_strongest_name() {
        let both = Person { phone: Some("573001112233".into()), user_id: Some("CO.1".into()), ..Person::default() };
        let bsuid = Person { user_id: Some("CO.1".into()), ..Person::default() };
        assert_eq!(both.group(), bsuid.group());
        assert_ne!(both.group(), Person::by_phone("573001112233").group());
        assert_eq!(Person::default().group(), None);
    }

    #[test]
    fn a_group_never_shows_a_phone_number_and_fits_sqs() {
        let long = Person { user_id: Some(format!("CO.{}", "9".repeat(128))), ..Person::default() };
        assert!(long.group().unwrap().len() <= 128);
        assert!(!Person::by_phone("573001112233").group().unwrap().contains("3001112233"));
    }

    #[test]
    fn a_phone_is_kept_as_digits() {
        assert_eq!(Person::by_phone("+57 300 111-2233").phone.as_deref(), Some("573001112233"));
        assert_eq!(Person::by_phone("n/a").phone, None);
    }
}
