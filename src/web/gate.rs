//! Who comes is looked at before what they bring: the extractors of a request run side by side, so those that read a
//! body wait for the one that knows who may.

use actix_web::{HttpMessage, HttpRequest};
use tokio::sync::watch;

/// Held by the extractor that decides; forms and uploads of the request are read once it is open.
#[derive(Debug)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    /// Closes the gate of a request. To be called at once, not when the extractor is first polled.
    pub fn close(request: &HttpRequest) -> Gate {
        let (gate, passed) = watch::channel(false);
        request.extensions_mut().insert(passed);
        Gate(gate)
    }
    /// Lets the request's body be read.
    pub fn open(self) {
        self.0.send_replace(true);
    }
}

/// Waits until the gate of a request is open, if it has one. A gate that was dropped has refused: the request ends
/// with that answer, or goes to a route that takes anybody.
pub(super) async fn passed(request: &HttpRequest) {
    let gate = request.extensions().get::<watch::Receiver<bool>>().cloned();
    if let Some(mut gate) = gate {
        let _ = gate.wait_for(|open| *open).await;
    }
}
