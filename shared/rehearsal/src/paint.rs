//! Colours of a terminal, or none.

/// Paints texts, where colours are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paint {
    /// Whether they are.
    pub colours: bool,
}

macro_rules! paints {
    ($($name:ident $code:literal $doc:literal;)+) => {
        impl Paint {
            $(#[doc = $doc]
            #[must_use]
            pub fn $name(self, text: impl AsRef<str>) -> String {
                self.paint($code, text.as_ref())
            })+
        }
    };
}

paints! {
    red "31" "What is wrong.";
    green "32" "What is right.";
    yellow "33" "What deserves a look.";
    cyan "36" "What the contact does.";
    bold "1" "What matters.";
    dim "2" "What matters less.";
}

impl Paint {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colours && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
