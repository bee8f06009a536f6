//! What happens to templates: approved, paused, rated, moved to another category.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/business-management-api/webhooks/components>

use crate::open_enum;
use crate::wire::lenient;
use serde::{Deserialize, Serialize};

open_enum! {
    /// What happened to a template.
    pub enum TemplateEvent {
        /// It can be sent.
        Approved = "APPROVED",
        /// It was refused; see the reason.
        Rejected = "REJECTED",
        /// It is being reviewed.
        Pending = "PENDING",
        /// Sending is paused for bad quality (3 hours, then 6, then disabled).
        Paused = "PAUSED",
        /// It can no longer be sent.
        Disabled = "DISABLED",
        /// Its quality is bad; a pause is near.
        Flagged = "FLAGGED",
        /// It can be sent again.
        Reinstated = "REINSTATED",
        /// It was put away.
        Archived = "ARCHIVED",
        /// It was taken out again.
        Unarchived = "UNARCHIVED",
        /// It is gone.
        Deleted = "DELETED",
        /// It will be gone.
        PendingDeletion = "PENDING_DELETION",
        /// Its refusal is being appealed.
        InAppeal = "IN_APPEAL",
        /// It cannot be edited.
        Locked = "LOCKED",
        /// The account has too many templates.
        LimitExceeded = "LIMIT_EXCEEDED",
    }
}

open_enum! {
    /// Quality that Meta gives to a template or a number.
    pub enum Quality {
        /// Good.
        Green = "GREEN",
        /// Middling.
        Yellow = "YELLOW",
        /// Bad: limits will fall.
        Red = "RED",
        /// Not rated yet.
        Unknown = "UNKNOWN",
    }
}

/// The identity of a template, alike in all template fields.
macro_rules! template_struct {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            /// Id of the template.
            #[serde(deserialize_with = "lenient::text")]
            pub message_template_id: Option<String>,
            /// Its name.
            #[serde(deserialize_with = "lenient::text")]
            pub message_template_name: Option<String>,
            /// Its language: `es_MX`; sometimes spelt `es-MX`.
            #[serde(deserialize_with = "lenient::text")]
            pub message_template_language: Option<String>,
            $($(#[$inner])* pub $field: $type,)*
        }
    };
}

template_struct! {
    /// The state of a template changed.
    TemplateStatus {
        /// What happened.
        event: Option<TemplateEvent>,
        /// Why: `ABUSIVE_CONTENT`, `INCORRECT_CATEGORY`, `INVALID_FORMAT`, `PROMOTIONAL`, `SCAM`, `TAG_CONTENT_MISMATCH`, `NONE`.
        #[serde(deserialize_with = "lenient::text")]
        reason: Option<String>,
        /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
        #[serde(deserialize_with = "lenient::text")]
        message_template_category: Option<String>,
        /// Which pause this is.
        other_info: Option<TemplateInfo>,
        /// What to change before trying again.
        rejection_info: Option<RejectionInfo>,
        /// When it is disabled.
        disable_info: Option<DisableInfo>,
    }
}

/// Which pause of a template this is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateInfo {
    /// `FIRST_PAUSE`, `SECOND_PAUSE`, `RATE_LIMITING_PAUSE`, `UNPAUSE`, `DISABLED`.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// One English sentence.
    #[serde(deserialize_with = "lenient::text")]
    pub description: Option<String>,
}

/// Why a template was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RejectionInfo {
    /// The reason.
    #[serde(deserialize_with = "lenient::text")]
    pub reason: Option<String>,
    /// What to change.
    #[serde(deserialize_with = "lenient::text")]
    pub recommendation: Option<String>,
}

/// When a template is disabled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DisableInfo {
    /// The moment, as Meta writes it.
    #[serde(deserialize_with = "lenient::text")]
    pub disable_date: Option<String>,
}

template_struct! {
    /// The quality of a template changed.
    TemplateQuality {
        /// Before.
        previous_quality_score: Option<Quality>,
        /// Now.
        new_quality_score: Option<Quality>,
    }
}

template_struct! {
    /// A template was edited.
    TemplateComponents {
        /// Text of its header.
        #[serde(deserialize_with = "lenient::text")]
        message_template_title: Option<String>,
        /// Text of its body.
        #[serde(deserialize_with = "lenient::text")]
        message_template_element: Option<String>,
        /// Text of its footer.
        #[serde(deserialize_with = "lenient::text")]
        message_template_footer: Option<String>,
        /// Its buttons, as Meta writes them.
        message_template_buttons: Option<serde_json::Value>,
    }
}

template_struct! {
    /// The category of a template changes: with `correct_category` it is announced, with `previous_category` it is done.
    TemplateCategory {
        /// The category before.
        #[serde(deserialize_with = "lenient::text")]
        previous_category: Option<String>,
        /// The category after; in an announcement, the one it has now.
        #[serde(deserialize_with = "lenient::text")]
        new_category: Option<String>,
        /// The category Meta holds to be right.
        #[serde(deserialize_with = "lenient::text")]
        correct_category: Option<String>,
        /// When it takes effect, seconds since 1970.
        #[serde(deserialize_with = "lenient::integer")]
        category_update_timestamp: Option<i64>,
    }
}
