//! The message of the last step: carried in the session cookie from a write to the next page.

use std::sync::{Arc, Mutex};

use actix_session::Session;
use actix_web::HttpMessage;

use super::shell::Flash;

const KEY: &str = "flash";

/// The message that waits for this request. Whoever draws a page takes it; untaken it waits for the next one.
#[derive(Clone, Debug, Default)]
pub struct FlashSlot(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    waiting: Option<Flash>,
    taken: bool,
}

impl FlashSlot {
    /// The slot of a request.
    pub fn of(request: &impl HttpMessage) -> FlashSlot {
        request.extensions().get::<FlashSlot>().cloned().unwrap_or_default()
    }
    /// Takes the message, once.
    pub fn take(&self) -> Option<Flash> {
        let mut state = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        state.taken |= state.waiting.is_some();
        state.waiting.take()
    }
    /// Puts a message into the session, for the next page, in place of one that was shown.
    pub(super) fn put(&self, session: &Session, flash: &Flash) {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).taken = false;
        if let Err(error) = session.insert(KEY, (flash.kind, &flash.text)) {
            tracing::error!(%error, "a message could not be kept for the next page");
        }
    }
    fn was_taken(&self) -> bool {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).taken
    }
}

/// Reads the message that waits into the request.
pub(super) fn load(session: &Session, request: &impl HttpMessage) -> FlashSlot {
    let waiting = session.get::<(String, String)>(KEY).ok().flatten().map(|(kind, text)| {
        let kind = match kind.as_str() {
            "success" => "success",
            "warning" => "warning",
            "danger" => "danger",
            _ => "info",
        };
        Flash { kind, text }
    });
    let slot = FlashSlot(Arc::new(Mutex::new(State { waiting, taken: false })));
    request.extensions_mut().insert(slot.clone());
    slot
}

/// Forgets a message that was shown.
pub(super) fn forget_shown(session: &Session, slot: &FlashSlot) {
    if slot.was_taken() {
        session.remove(KEY);
    }
}
