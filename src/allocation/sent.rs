//! What the area-codes section sends, as it was typed.

use std::collections::BTreeMap;

use super::{ByCode, MOST_NUMBERS, field};
use crate::kernel::AreaCode;

/// What the panel's form sends.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) action: String,
    pub(super) step: String,
    pub(super) search: String,
    pub(super) add: String,
    /// Counts as typed.
    pub(super) typed: BTreeMap<AreaCode, String>,
    /// Counts as they were when the page was drawn.
    pub(super) was: BTreeMap<AreaCode, String>,
}

impl Sent {
    /// Reads it; `on_page` when the panel's form itself was sent.
    pub(super) fn of(pairs: Vec<(String, String)>, on_page: bool) -> Sent {
        let mut sent = Sent::default();
        for (name, value) in pairs {
            match name.as_str() {
                "action" => sent.action = value,
                "step" => sent.step = value,
                // The panel's form sends back what the page was searched by; a search form of its own says anew.
                "q" | "kept-q" if on_page == name.starts_with("kept-") => sent.search = value,
                "add" | "kept-add" if on_page == name.starts_with("kept-") => sent.add = value,
                _ => {
                    let code = |prefix: &str| AreaCode::parse(name.strip_prefix(prefix)?).ok();
                    if let Some(code) = code("numbers-") {
                        sent.typed.insert(code, value);
                    } else if let Some(code) = code("was-") {
                        sent.was.insert(code, value);
                    }
                }
            }
        }
        sent
    }

    pub(super) fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.search), ("add", &self.add)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// The counts that differ from what the page showed: a colleague's change elsewhere is not undone by a page that
    /// was drawn before it.
    pub(super) fn changes(&self) -> Result<ByCode, Vec<(String, String)>> {
        let (mut changes, mut errors) = (ByCode::new(), Vec::new());
        for (&code, typed) in &self.typed {
            let typed = typed.trim();
            if self.was.get(&code).is_some_and(|was| was == typed) {
                continue;
            }
            match count(typed) {
                Some(count) => {
                    changes.insert(code, count);
                }
                None => errors.push((
                    field(code),
                    format!(
                        "{code}: enter a whole number from 0 to {}.",
                        crate::web::format::number(MOST_NUMBERS)
                    ),
                )),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let (code, by) = match (self.step.strip_suffix('+'), self.step.strip_suffix('-')) {
            (Some(code), _) => (code, 1),
            (_, Some(code)) => (code, -1),
            _ => return Ok(changes),
        };
        if let Ok(code) = AreaCode::parse(code) {
            let before = self.typed.get(&code).and_then(|typed| count(typed.trim())).unwrap_or(0);
            changes.insert(code, (before + by).clamp(0, MOST_NUMBERS));
        }
        Ok(changes)
    }
}

/// A count as it was typed.
pub(super) fn count(typed: &str) -> Option<i64> {
    let digits = !typed.is_empty() && typed.len() <= 6 && typed.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| typed.parse().ok()).flatten().filter(|count| *count <= MOST_NUMBERS)
}
