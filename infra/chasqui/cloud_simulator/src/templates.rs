//! Message templates: creating them, checking a message against one, and filling one in.
//!
//! Source: <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components>.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::graph_error::GraphError;
use crate::request::{Component, Fields, TemplateUse};

/// One template in one language.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Template {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) category: String,
    pub(crate) status: String,
    pub(crate) parameter_format: String,
    pub(crate) components: Vec<Value>,
}

/// The templates a new simulation starts with, all approved.
pub(crate) fn seeded() -> Vec<Template> {
    let made = [
        json!({"name": "reminder", "language": "es", "category": "UTILITY", "components": [
            {"type": "BODY", "text": "Hola {{1}}, te recordamos tu cita: {{2}}.", "example": {"body_text": [["Ana", "mañana a las 9:00"]]}},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Confirmo"}, {"type": "QUICK_REPLY", "text": "Cambiar cita"}]}]}),
        json!({"name": "reminder", "language": "en", "category": "UTILITY", "components": [
            {"type": "BODY", "text": "Hello {{1}}, a reminder of your appointment: {{2}}.", "example": {"body_text": [["Ana", "tomorrow at 9:00"]]}},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "I will come"}, {"type": "QUICK_REPLY", "text": "Change it"}]}]}),
        json!({"name": "vaccination_reminder", "language": "es", "category": "UTILITY", "parameter_format": "named", "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Vacunación"},
            {"type": "BODY", "text": "Hola {{name}}, a {{child}} le corresponde la vacuna {{vaccine}}.", "example": {"body_text_named_params": []}},
            {"type": "FOOTER", "text": "Responde BAJA para no recibir más recordatorios"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Ya se vacunó"}, {"type": "URL", "text": "Puntos de vacunación", "url": "https://example.org/vacunas/{{1}}", "example": ["bogota"]}]}]}),
        json!({"name": "vaccination_reminder", "language": "en", "category": "UTILITY", "parameter_format": "named", "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Vaccination"},
            {"type": "BODY", "text": "Hello {{name}}, {{child}} is due for the {{vaccine}} vaccine.", "example": {"body_text_named_params": []}},
            {"type": "FOOTER", "text": "Reply STOP to end these reminders"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Already done"}, {"type": "URL", "text": "Where to go", "url": "https://example.org/vaccines/{{1}}", "example": ["bogota"]}]}]}),
        json!({"name": "hello_world", "language": "en_US", "category": "UTILITY", "components": [
            {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
            {"type": "BODY", "text": "Welcome and congratulations!! This message demonstrates your ability to send a WhatsApp message notification from the Cloud API."},
            {"type": "FOOTER", "text": "WhatsApp Business Platform sample message"}]}),
        json!({"name": "reengagement", "language": "es", "category": "MARKETING", "components": [
            {"type": "BODY", "text": "Hola {{1}}, ¿seguimos conversando?", "example": {"body_text": [["Ana"]]}},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Sí, sigamos"}, {"type": "QUICK_REPLY", "text": "No, gracias"}]}]}),
    ];
    let made =
        made.iter().enumerate().filter_map(|(index, body)| Template::create(body, 1_000_000_000 + index as u64).ok());
    made.map(|mut template| {
        "APPROVED".clone_into(&mut template.status);
        template
    })
    .collect()
}

impl Template {
    /// Checks a creation request; the new template is PENDING.
    pub(crate) fn create(body: &Value, id: u64) -> Result<Self, GraphError> {
        let fields = Fields::of(body, "body")?;
        let name = fields.text("name", 512)?;
        if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            return Err(GraphError::parameter(
                "Param name must contain only lowercase letters, digits and underscores.",
            ));
        }
        let language = fields.text("language", 16)?;
        let category = fields.word("category", &["AUTHENTICATION", "MARKETING", "UTILITY"])?;
        let parameter_format = match fields.get("parameter_format") {
            None => "POSITIONAL".to_owned(),
            Some(_) => fields.word("parameter_format", &["named", "positional", "NAMED", "POSITIONAL"])?.to_uppercase(),
        };
        let mut seen = BTreeSet::new();
        for component in fields.objects("components")? {
            let kind = component.word("type", &["HEADER", "BODY", "FOOTER", "BUTTONS"])?;
            if !seen.insert(kind) {
                return Err(GraphError::parameter(format!("Component {kind} is given twice.")));
            }
            match kind {
                "HEADER"
                    if component.word("format", &["TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"])? == "TEXT" =>
                {
                    if variables(component.text("text", 60)?).len() > 1 {
                        return Err(GraphError::parameter("A text header takes one variable at most."));
                    }
                }
                "HEADER" => {}
                "BODY" => {
                    let text = component.text("text", 1_024)?;
                    let used = variables(text);
                    if parameter_format == "POSITIONAL" && used != (1..=used.len()).map(|n| n.to_string()).collect() {
                        return Err(GraphError::parameter("Variables must be {{1}}, {{2}}, … without a gap."));
                    }
                    if !used.is_empty() && component.get("example").is_none() {
                        return Err(GraphError::parameter("A body with variables needs an example."));
                    }
                }
                "FOOTER" => drop(component.text("text", 60)?),
                _ => check_buttons(&component)?,
            }
        }
        if !seen.contains("BODY") && category != "AUTHENTICATION" {
            return Err(GraphError::parameter("A template needs a BODY component."));
        }
        Ok(Self {
            id: id.to_string(),
            name: name.into(),
            language: language.into(),
            category: category.into(),
            status: "PENDING".into(),
            parameter_format,
            components: body["components"].as_array().cloned().unwrap_or_default(),
        })
    }

    fn component(&self, kind: &str) -> Option<&Value> {
        self.components.iter().find(|component| component["type"] == kind)
    }

    /// Checks the parameters of a message and returns the message as the phone shows it.
    pub(crate) fn fill(&self, used: &TemplateUse) -> Result<Value, GraphError> {
        match self.status.as_str() {
            "PAUSED" => {
                return Err(GraphError::new(
                    132_015,
                    "Template is paused due to low quality so it cannot be sent in a template message.",
                ));
            }
            "DISABLED" => return Err(GraphError::new(132_016, "Template has been disabled permanently.")),
            "APPROVED" => {}
            status => {
                return Err(GraphError::new(
                    132_001,
                    format!(
                        "template name ({}) does not exist in {} (its status is {status})",
                        self.name, self.language
                    ),
                ));
            }
        }
        let mut header = None;
        let mut body = &Vec::new();
        for component in &used.components {
            match component {
                Component::Header(parameters) => header = Some(parameters),
                Component::Body(parameters) => body = parameters,
                Component::Button { .. } => {}
            }
        }
        let mut filled = json!({});
        match self.component("HEADER") {
            None if header.is_some_and(|parameters| !parameters.is_empty()) => return Err(count("header", 1, 0)),
            None => {}
            Some(wanted) if wanted["format"] == "TEXT" => {
                let parameters = header.map_or(&[][..], Vec::as_slice);
                filled["header"] = json!({"type": "text", "text": self.substitute("header", wanted["text"].as_str().unwrap_or_default(), parameters)?});
            }
            Some(wanted) => {
                let format = wanted["format"].as_str().unwrap_or_default().to_lowercase();
                match header.map_or(&[][..], Vec::as_slice) {
                    [one] if one.kind == format => filled["header"] = one.value.clone(),
                    [one] => {
                        return Err(GraphError::new(
                            132_012,
                            format!(
                                "header: Format mismatch, expected {}, received {}",
                                format.to_uppercase(),
                                one.kind.to_uppercase()
                            ),
                        ));
                    }
                    other => return Err(count("header", other.len(), 1)),
                }
            }
        }
        let text = self.component("BODY").and_then(|component| component["text"].as_str()).unwrap_or_default();
        let text = self.substitute("body", text, body)?;
        if text.encode_utf16().count() > 1_024 {
            return Err(GraphError::new(132_005, "Translated body text is longer than 1024 characters."));
        }
        filled["body"] = text.into();
        if let Some(footer) = self.component("FOOTER") {
            filled["footer"] = footer["text"].clone();
        }
        filled["buttons"] = self.fill_buttons(used)?.into();
        Ok(filled)
    }

    fn fill_buttons(&self, used: &TemplateUse) -> Result<Vec<Value>, GraphError> {
        let wanted = self
            .component("BUTTONS")
            .and_then(|component| component["buttons"].as_array())
            .cloned()
            .unwrap_or_default();
        let mut given = std::collections::BTreeMap::new();
        for component in &used.components {
            if let Component::Button { sub_type, index, parameters } = component {
                given.insert(*index, (sub_type.as_str(), parameters.as_slice()));
            }
        }
        if let Some(index) = given.keys().find(|index| **index >= wanted.len()) {
            return Err(GraphError::new(
                132_000,
                format!("button at index {index} does not exist in the template, which has {}", wanted.len()),
            ));
        }
        let mut buttons = Vec::new();
        for (index, button) in wanted.iter().enumerate() {
            let kind = button["type"].as_str().unwrap_or_default();
            let (sub_type, parameters) = given.get(&index).copied().unwrap_or((kind, &[]));
            if !sub_type.eq_ignore_ascii_case(kind) {
                return Err(GraphError::new(
                    132_012,
                    format!("button at index {index}: expected sub_type {}, received {sub_type}", kind.to_lowercase()),
                ));
            }
            let mut shown = json!({"type": kind, "text": button["text"]});
            match kind {
                "URL" => {
                    let url = button["url"].as_str().unwrap_or_default();
                    let needed = variables(url).len();
                    if needed != parameters.len() {
                        return Err(count(&format!("button at index {index} of type Url"), parameters.len(), needed));
                    }
                    let suffix = parameters.first().map_or("", |parameter| parameter.text.as_str());
                    shown["url"] = url.replace("{{1}}", suffix).into();
                }
                "QUICK_REPLY" => {
                    // Without a payload WhatsApp answers a tap with the button's own text.
                    shown["payload"] = parameters
                        .first()
                        .map_or_else(|| button["text"].clone(), |parameter| parameter.text.as_str().into());
                }
                "COPY_CODE" => match parameters {
                    [one] if one.kind == "coupon_code" => shown["code"] = one.text.as_str().into(),
                    other => return Err(count(&format!("button at index {index} of type CopyCode"), other.len(), 1)),
                },
                "PHONE_NUMBER" => shown["phone_number"] = button["phone_number"].clone(),
                _ => {}
            }
            buttons.push(shown);
        }
        Ok(buttons)
    }

    fn substitute(
        &self,
        place: &str,
        text: &str,
        parameters: &[crate::request::Parameter],
    ) -> Result<String, GraphError> {
        let wanted = variables(text);
        if wanted.len() != parameters.len() {
            return Err(count(place, parameters.len(), wanted.len()));
        }
        let mut filled = text.to_owned();
        for (index, parameter) in parameters.iter().enumerate() {
            let name = if self.parameter_format == "NAMED" {
                let name = parameter.name.as_deref().filter(|name| wanted.contains(*name));
                name.ok_or_else(|| {
                    GraphError::new(
                        132_000,
                        format!("{place}: parameter_name is missing or unknown; the template has {wanted:?}"),
                    )
                })?
                .to_owned()
            } else if parameter.name.is_some() {
                return Err(GraphError::new(
                    132_012,
                    format!("{place}: parameter_name is given, but the template has positional parameters"),
                ));
            } else {
                (index + 1).to_string()
            };
            filled = filled.replace(&format!("{{{{{name}}}}}"), &parameter.text);
        }
        Ok(filled)
    }

    /// The item of `GET /{waba}/message_templates`.
    pub(crate) fn view(&self) -> Value {
        json!({
            "name": self.name, "parameter_format": self.parameter_format, "components": self.components,
            "language": self.language, "status": self.status, "category": self.category, "id": self.id,
        })
    }
}

fn check_buttons(component: &Fields<'_>) -> Result<(), GraphError> {
    let buttons = component.objects("buttons")?;
    let mut links = 0;
    let mut phones = 0;
    for button in &buttons {
        match button.word(
            "type",
            &[
                "QUICK_REPLY",
                "URL",
                "PHONE_NUMBER",
                "COPY_CODE",
                "FLOW",
                "OTP",
                "CATALOG",
                "MPM",
                "VOICE_CALL",
                "REQUEST_CONTACT_INFO",
            ],
        )? {
            "URL" => {
                links += 1;
                button.address("url", 2_000)?;
            }
            "PHONE_NUMBER" => {
                phones += 1;
                button.text("phone_number", 20)?;
            }
            "QUICK_REPLY" => drop(button.text("text", 25)?),
            _ => {}
        }
        button.optional_text("text", 25)?;
    }
    if buttons.is_empty() || buttons.len() > 10 || links > 2 || phones > 1 {
        return Err(GraphError::parameter(
            "A template takes 1 to 10 buttons, at most 2 of type URL and 1 of type PHONE_NUMBER.",
        ));
    }
    Ok(())
}

fn count(place: &str, given: usize, wanted: usize) -> GraphError {
    GraphError::new(
        132_000,
        format!(
            "{place}: number of localizable_params ({given}) does not match the expected number of params ({wanted})"
        ),
    )
}

/// The names between `{{` and `}}`.
fn variables(text: &str) -> BTreeSet<String> {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Request, read};

    fn fill(name: &str, language: &str, components: Value) -> Result<Value, GraphError> {
        let body = json!({"messaging_product": "whatsapp", "to": "573001112233", "type": "template",
            "template": {"name": name, "language": {"code": language}, "components": components}});
        let Ok(Request::Message(message)) = read(&body) else { panic!("{body}") };
        let template =
            seeded().into_iter().find(|template| template.name == name && template.language == language).unwrap();
        template.fill(&message.template.unwrap())
    }

    #[test]
    fn seeds_are_approved_and_valid() {
        assert_eq!(seeded().len(), 6);
        assert!(seeded().iter().all(|template| template.status == "APPROVED"));
    }

    #[test]
    fn wrong_parameters_are_refused() {
        let text = |text: &str| json!({"type": "text", "text": text});
        for (code, name, language, components) in [
            (132_000, "reminder", "es", json!([])),
            (132_000, "reminder", "es", json!([{"type": "body", "parameters": [text("Ana")]}])),
            (
                132_000,
                "reminder",
                "es",
                json!([{"type": "header", "parameters": [text("x")]}, {"type": "body", "parameters": [text("Ana"), text("hoy")]}]),
            ),
            (
                132_012,
                "reminder",
                "es",
                json!([{"type": "body", "parameters": [{"type": "text", "parameter_name": "a", "text": "Ana"}, text("hoy")]}]),
            ),
            (
                132_000,
                "reminder",
                "es",
                json!([{"type": "body", "parameters": [text("Ana"), text("hoy")]}, {"type": "button", "sub_type": "quick_reply", "index": "2", "parameters": [{"type": "payload", "payload": "x"}]}]),
            ),
            (
                132_012,
                "reminder",
                "es",
                json!([{"type": "body", "parameters": [text("Ana"), text("hoy")]}, {"type": "button", "sub_type": "url", "index": 0, "parameters": [text("x")]}]),
            ),
            (
                132_000,
                "vaccination_reminder",
                "es",
                json!([{"type": "body", "parameters": [text("a"), text("b"), text("c")]}]),
            ),
        ] {
            assert_eq!(fill(name, language, components.clone()).unwrap_err().code, code, "{components}");
        }
    }

    #[test]
    fn fills_named_and_positional_parameters_and_buttons() {
        let named = |name: &str, text: &str| json!({"type": "text", "parameter_name": name, "text": text});
        let filled = fill(
            "vaccination_reminder",
            "es",
            json!([
            {"type": "body", "parameters": [named("vaccine", "BCG"), named("name", "Ana"), named("child", "Leo")]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "cali"}]}]),
        )
        .unwrap();
        assert_eq!(filled["body"], "Hola Ana, a Leo le corresponde la vacuna BCG.");
        assert_eq!(
            filled["buttons"][0],
            json!({"type": "QUICK_REPLY", "text": "Ya se vacunó", "payload": "Ya se vacunó"})
        );
        assert_eq!(filled["buttons"][1]["url"], "https://example.org/vacunas/cali");
    }

    #[test]
    fn creation_is_checked() {
        let body = |text: &str| json!({"name": "t", "language": "es", "category": "UTILITY", "components": [{"type": "BODY", "text": text}]});
        assert!(Template::create(&body("Hola"), 1).is_ok());
        for bad in [
            json!({"name": "Bad Name", "language": "es", "category": "UTILITY", "components": [{"type": "BODY", "text": "x"}]}),
            json!({"name": "t", "language": "es", "category": "SPAM", "components": [{"type": "BODY", "text": "x"}]}),
            json!({"name": "t", "language": "es", "category": "UTILITY", "components": []}),
            json!({"name": "t", "language": "es", "category": "UTILITY", "components": [{"type": "BODY", "text": "x"}, {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x".repeat(26)}]}]}),
            body("Hola {{1}}"),
            body(&"x".repeat(1_025)),
        ] {
            assert!(Template::create(&bad, 1).is_err(), "{bad}");
        }
    }
}
