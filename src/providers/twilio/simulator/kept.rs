//! What Twilio keeps with a number or a service that the world has no rule about: addresses, methods, switches. They
//! are answered as they were given.

use serde_json::{Map, Value};

use crate::kernel::Moment;
use crate::providers::ProviderResult;

use super::call::Call;

/// A key of the form, a key of the answer, and what it is when nothing was ever said.
pub type Attribute = (&'static str, &'static str, Usual);

/// What an attribute is when nothing was said.
#[derive(Debug, Clone, Copy)]
pub enum Usual {
    /// Nothing.
    Null,
    /// A text.
    Text(&'static str),
    /// On or off.
    Flag(bool),
    /// A number.
    Whole(i64),
}

/// What is kept with one thing.
#[derive(Debug)]
pub struct Kept(Map<String, Value>);

impl Kept {
    /// What is kept with the thing of this id.
    pub fn of(call: &Call, id: &str) -> ProviderResult<Kept> {
        let noted = call.sim.world.note(id)?;
        Ok(Kept(noted.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()))
    }
    /// A moment that was kept.
    pub fn moment(&self, key: &str) -> Option<Moment> {
        self.0.get(key)?.as_str()?.parse().ok()
    }
    /// A text that was kept.
    pub fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }
    /// Keeps a moment.
    pub fn set_moment(&mut self, key: &str, moment: Moment) {
        self.0.insert(key.to_owned(), serde_json::to_value(moment).unwrap_or_default());
    }
    /// Takes over what a form says.
    pub fn take(&mut self, attributes: &[Attribute], call: &Call) {
        for (form, key, usual) in attributes {
            if let Some(said) = call.said(form) {
                let value = match usual {
                    Usual::Flag(_) => (said == "true").into(),
                    Usual::Whole(_) => said.parse::<i64>().unwrap_or_default().into(),
                    Usual::Null | Usual::Text(_) => said.into(),
                };
                self.0.insert((*key).to_owned(), value);
            }
        }
    }
    /// Writes the attributes into an answer.
    pub fn show(&self, attributes: &[Attribute], answer: &mut Value) {
        for (_, key, usual) in attributes {
            let usual = match usual {
                Usual::Null => Value::Null,
                Usual::Text(text) => (*text).into(),
                Usual::Flag(flag) => (*flag).into(),
                Usual::Whole(number) => (*number).into(),
            };
            answer[*key] = self.0.get(*key).cloned().unwrap_or(usual);
        }
    }
    /// Keeps it all, as changed now.
    pub fn save(mut self, call: &Call, id: &str) -> ProviderResult<()> {
        self.set_moment("changed_at", call.now());
        call.sim.world.set_note(id, &Value::Object(self.0).to_string())
    }
}
