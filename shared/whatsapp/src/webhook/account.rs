//! What happens to templates, numbers and the account itself: one variant a webhook field.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/business-management-api/webhooks/components>

use super::template::{TemplateCategory, TemplateComponents, TemplateQuality, TemplateStatus};
use crate::open_enum;
use crate::raw::Raw;
use crate::wire::lenient;
use serde::{Deserialize, Serialize};

/// A change of a template, a number or the account. Serializes without `change`, which is parsed again when read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Stored", from = "Stored")]
pub struct AccountUpdate {
    /// The account, an opaque string (`entry[].id`).
    pub waba_id: String,
    /// The webhook field: `message_template_status_update`…
    pub field: String,
    /// When, seconds since 1970.
    pub time: Option<i64>,
    /// What changed.
    pub change: AccountChange,
    /// `value` as Meta sent it.
    pub raw: Raw,
}

/// What changed; the variant is named after the webhook field.
#[derive(Debug, Clone, PartialEq)]
pub enum AccountChange {
    /// `message_template_status_update`: approved, rejected, paused…
    MessageTemplateStatusUpdate(TemplateStatus),
    /// `message_template_quality_update`
    MessageTemplateQualityUpdate(TemplateQuality),
    /// `message_template_components_update`: somebody edited it.
    MessageTemplateComponentsUpdate(TemplateComponents),
    /// `template_category_update`: Meta moves it to another (dearer) category, or will in 24 hours.
    TemplateCategoryUpdate(TemplateCategory),
    /// `template_correct_category_detection`: Meta thinks it is in the wrong category.
    TemplateCorrectCategoryDetection(TemplateCategory),
    /// `phone_number_quality_update`: throughput and messaging limit of a number.
    PhoneNumberQualityUpdate(NumberQuality),
    /// `phone_number_name_update`: the display name was approved or refused.
    PhoneNumberNameUpdate(NumberName),
    /// `security`: the two-step PIN was changed or asked for.
    Security(Security),
    /// `business_capability_update`: messaging limit of the portfolio.
    BusinessCapabilityUpdate(BusinessCapability),
    /// `business_username_updates`
    BusinessUsernameUpdates(BusinessUsername),
    /// `account_update`: restricted, banned, linked…
    AccountUpdate(AccountEvent),
    /// `account_review_update`
    AccountReviewUpdate(AccountReview),
    /// `account_alerts`
    AccountAlerts(AccountAlert),
    /// `account_settings_update`: the shape is not documented enough to type; see `raw`.
    AccountSettingsUpdate,
    /// `automatic_events`: purchases and leads Meta recognised in chats; see `raw`.
    AutomaticEvents,
    /// `payment_configuration_update`
    PaymentConfigurationUpdate(PaymentConfiguration),
    /// `partner_solutions`
    PartnerSolutions(PartnerSolution),
    /// A known field whose value is not as documented; see `raw`.
    Unreadable {
        /// What is wrong with it.
        why: String,
    },
}

impl AccountChange {
    /// The webhook fields that are account updates.
    pub const FIELDS: &'static [&'static str] = &[
        "message_template_status_update",
        "message_template_quality_update",
        "message_template_components_update",
        "template_category_update",
        "template_correct_category_detection",
        "phone_number_quality_update",
        "phone_number_name_update",
        "security",
        "business_capability_update",
        "business_username_updates",
        "account_update",
        "account_review_update",
        "account_alerts",
        "account_settings_update",
        "automatic_events",
        "payment_configuration_update",
        "partner_solutions",
    ];

    fn read(field: &str, value: &str) -> Self {
        let known = match field {
            "message_template_status_update" => body(value).map(Self::MessageTemplateStatusUpdate),
            "message_template_quality_update" => body(value).map(Self::MessageTemplateQualityUpdate),
            "message_template_components_update" => body(value).map(Self::MessageTemplateComponentsUpdate),
            "template_category_update" => body(value).map(Self::TemplateCategoryUpdate),
            "template_correct_category_detection" => body(value).map(Self::TemplateCorrectCategoryDetection),
            "phone_number_quality_update" => body(value).map(Self::PhoneNumberQualityUpdate),
            "phone_number_name_update" => body(value).map(Self::PhoneNumberNameUpdate),
            "security" => body(value).map(Self::Security),
            "business_capability_update" => body(value).map(Self::BusinessCapabilityUpdate),
            "business_username_updates" => body(value).map(Self::BusinessUsernameUpdates),
            "account_update" => body(value).map(Self::AccountUpdate),
            "account_review_update" => body(value).map(Self::AccountReviewUpdate),
            "account_alerts" => body(value).map(Self::AccountAlerts),
            "account_settings_update" => Ok(Self::AccountSettingsUpdate),
            "automatic_events" => Ok(Self::AutomaticEvents),
            "payment_configuration_update" => body(value).map(Self::PaymentConfigurationUpdate),
            "partner_solutions" => body(value).map(Self::PartnerSolutions),
            other => Err(format!("`{other}` is no account field")),
        };
        known.unwrap_or_else(|why| Self::Unreadable { why })
    }
}

impl AccountUpdate {
    /// Reads `value` of the webhook field `field`; one of [`AccountChange::FIELDS`].
    pub(super) fn new(waba_id: String, field: String, time: Option<i64>, value: &str) -> Self {
        let change = AccountChange::read(&field, value);
        Self { waba_id, field, time, change, raw: Raw::new(value) }
    }
}

fn body<'a, T: Deserialize<'a>>(value: &'a str) -> Result<T, String> {
    serde_json::from_str(value).map_err(|error| error.to_string())
}

#[derive(Serialize, Deserialize)]
struct Stored {
    waba_id: String,
    field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time: Option<i64>,
    raw: Raw,
}

impl From<AccountUpdate> for Stored {
    fn from(update: AccountUpdate) -> Self {
        Self { waba_id: update.waba_id, field: update.field, time: update.time, raw: update.raw }
    }
}

impl From<Stored> for AccountUpdate {
    fn from(stored: Stored) -> Self {
        Self::new(stored.waba_id, stored.field, stored.time, stored.raw.as_str())
    }
}

/// Throughput and limit of a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NumberQuality {
    /// The number as people see it.
    #[serde(deserialize_with = "lenient::text")]
    pub display_phone_number: Option<String>,
    /// `ONBOARDING`, `THROUGHPUT_UPGRADE`; older: `FLAGGED`, `UNFLAGGED`, `UPGRADE`, `DOWNGRADE`.
    #[serde(deserialize_with = "lenient::text")]
    pub event: Option<String>,
    /// `TIER_250`…, older.
    #[serde(deserialize_with = "lenient::text")]
    pub current_limit: Option<String>,
    /// People who may be written to outside the window in 24 hours: `TIER_…` or a number.
    #[serde(deserialize_with = "lenient::text")]
    pub max_daily_conversations_per_business: Option<String>,
}

/// The display name of a number was decided on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NumberName {
    /// The number as people see it.
    #[serde(deserialize_with = "lenient::text")]
    pub display_phone_number: Option<String>,
    /// `APPROVED`, `REJECTED`, `DEFERRED`.
    #[serde(deserialize_with = "lenient::text")]
    pub decision: Option<String>,
    /// The name asked for.
    #[serde(deserialize_with = "lenient::text")]
    pub requested_verified_name: Option<String>,
    /// Why it was refused.
    #[serde(deserialize_with = "lenient::text")]
    pub rejection_reason: Option<String>,
}

/// The two-step PIN of a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    /// The number as people see it.
    #[serde(deserialize_with = "lenient::text")]
    pub display_phone_number: Option<String>,
    /// `PIN_CHANGED`, `PIN_RESET_REQUEST`, `PIN_REQUEST_SUCCESS`.
    #[serde(deserialize_with = "lenient::text")]
    pub event: Option<String>,
    /// Who asked.
    #[serde(deserialize_with = "lenient::text")]
    pub requester: Option<String>,
}

/// What the business may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessCapability {
    /// People who may be written to outside the window in 24 hours: `TIER_…` or a number.
    #[serde(deserialize_with = "lenient::text")]
    pub max_daily_conversations_per_business: Option<String>,
    /// Numbers the portfolio may have.
    #[serde(deserialize_with = "lenient::integer")]
    pub max_phone_numbers_per_business: Option<i64>,
    /// Numbers the account may have.
    #[serde(deserialize_with = "lenient::integer")]
    pub max_phone_numbers_per_waba: Option<i64>,
}

/// The user name of the business.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BusinessUsername {
    /// The number as people see it.
    #[serde(deserialize_with = "lenient::text")]
    pub display_phone_number: Option<String>,
    /// The name.
    #[serde(deserialize_with = "lenient::text")]
    pub username: Option<String>,
    /// `approved`, `reserved`, `deleted`.
    #[serde(deserialize_with = "lenient::text")]
    pub status: Option<String>,
}

open_enum! {
    /// What happened to the account.
    pub enum AccountEventKind {
        /// The account is gone.
        AccountDeleted = "ACCOUNT_DELETED",
        /// It may do less for a while; see the restrictions.
        AccountRestriction = "ACCOUNT_RESTRICTION",
        /// It broke a policy.
        AccountViolation = "ACCOUNT_VIOLATION",
        /// It was taken off the platform.
        AccountOffboarded = "ACCOUNT_OFFBOARDED",
        /// It is back on the platform.
        AccountReconnected = "ACCOUNT_RECONNECTED",
        /// An advertising account was linked.
        AdAccountLinked = "AD_ACCOUNT_LINKED",
        /// International authentication prices apply.
        AuthIntlPriceEligibilityUpdate = "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
        /// The country of the business was set.
        BusinessPrimaryLocationCountryUpdate = "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
        /// It was disabled, or enabled again; see the ban.
        DisabledUpdate = "DISABLED_UPDATE",
        /// The terms of marketing messages were signed.
        MmLiteTermsSigned = "MM_LITE_TERMS_SIGNED",
        /// A partner was added.
        PartnerAdded = "PARTNER_ADDED",
        /// A partner's app was installed.
        PartnerAppInstalled = "PARTNER_APP_INSTALLED",
        /// A partner's app was removed.
        PartnerAppUninstalled = "PARTNER_APP_UNINSTALLED",
        /// A partner's client was certified, or not.
        PartnerClientCertificationStatusUpdate = "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE",
        /// A partner was removed.
        PartnerRemoved = "PARTNER_REMOVED",
        /// Another volume tier of prices applies.
        VolumeBasedPricingTierUpdate = "VOLUME_BASED_PRICING_TIER_UPDATE",
    }
}

/// Something happened to the account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountEvent {
    /// What.
    pub event: Option<AccountEventKind>,
    /// The number concerned.
    #[serde(deserialize_with = "lenient::text")]
    pub phone_number: Option<String>,
    /// The country of the business, two letters.
    #[serde(deserialize_with = "lenient::text")]
    pub country: Option<String>,
    /// The ban, when there is one.
    pub ban_info: Option<BanInfo>,
    /// The violation, when there is one.
    pub violation_info: Option<ViolationInfo>,
    /// What may not be done, and until when.
    pub restriction_info: Vec<Restriction>,
}

/// A ban.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BanInfo {
    /// `SCHEDULE_FOR_DISABLE`, `DISABLE`, `REINSTATE`.
    #[serde(deserialize_with = "lenient::text")]
    pub waba_ban_state: Option<String>,
    /// When, as Meta writes it.
    #[serde(deserialize_with = "lenient::text")]
    pub waba_ban_date: Option<String>,
}

/// A violation of a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViolationInfo {
    /// Which one.
    #[serde(deserialize_with = "lenient::text")]
    pub violation_type: Option<String>,
}

/// Something the account may not do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Restriction {
    /// For example `RESTRICTED_BIZ_INITIATED_MESSAGING`.
    #[serde(deserialize_with = "lenient::text")]
    pub restriction_type: Option<String>,
    /// Until when, as Meta writes it.
    #[serde(deserialize_with = "lenient::text")]
    pub expiration: Option<String>,
}

/// The account was reviewed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountReview {
    /// `APPROVED`, `REJECTED`, `PENDING`, `DEFERRED`.
    #[serde(deserialize_with = "lenient::text")]
    pub decision: Option<String>,
}

/// A warning about the account or one of its parts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountAlert {
    /// `BUSINESS`, `PHONE_NUMBER`, `WABA`.
    #[serde(deserialize_with = "lenient::text")]
    pub entity_type: Option<String>,
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub entity_id: Option<String>,
    /// The warning.
    pub alert_info: Option<AlertInfo>,
}

/// A warning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertInfo {
    /// `CRITICAL`, `WARNING`, `INFORMATIONAL`.
    #[serde(deserialize_with = "lenient::text")]
    pub alert_severity: Option<String>,
    /// `ACTIVE` or `NONE`.
    #[serde(deserialize_with = "lenient::text")]
    pub alert_status: Option<String>,
    /// What it is about.
    #[serde(deserialize_with = "lenient::text")]
    pub alert_type: Option<String>,
    /// One English sentence.
    #[serde(deserialize_with = "lenient::text")]
    pub alert_description: Option<String>,
}

/// A way of paying in chats (India) changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentConfiguration {
    /// Its name.
    #[serde(deserialize_with = "lenient::text")]
    pub configuration_name: Option<String>,
    /// Who settles the payments.
    #[serde(deserialize_with = "lenient::text")]
    pub provider_name: Option<String>,
    /// Its state.
    #[serde(deserialize_with = "lenient::text")]
    pub status: Option<String>,
}

/// A solution shared with a partner changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartnerSolution {
    /// `SOLUTION_CREATED`, `SOLUTION_UPDATED`.
    #[serde(deserialize_with = "lenient::text")]
    pub event: Option<String>,
    /// Its id.
    #[serde(deserialize_with = "lenient::text")]
    pub solution_id: Option<String>,
    /// Its state.
    #[serde(deserialize_with = "lenient::text")]
    pub solution_status: Option<String>,
}
