//! Judges every request that a Twilio client sends by Twilio's specification.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use numberbank::providers::twilio::{Sent, Twilio};

use super::twilio_spec;

/// What was seen so far. It panics when it ends with a fault, so that a test cannot forget to ask.
#[derive(Clone, Default)]
pub struct Judge(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    faults: Vec<String>,
    operations: BTreeSet<(&'static str, &'static str)>,
}

impl Judge {
    /// The client, watched.
    pub fn watch(&self, twilio: Twilio) -> Twilio {
        let seen = Arc::clone(&self.0);
        twilio.watched(move |sent| seen.lock().unwrap().take(sent))
    }
    /// What is wrong with the requests sent so far.
    pub fn faults(&self) -> Vec<String> {
        self.0.lock().unwrap().faults.clone()
    }
    /// Forgets the faults so far.
    pub fn forgive(&self) {
        self.0.lock().unwrap().faults.clear();
    }
    /// Which operations were asked for.
    pub fn operations(&self) -> BTreeSet<(&'static str, &'static str)> {
        self.0.lock().unwrap().operations.clone()
    }
}

impl Seen {
    fn take(&mut self, sent: &Sent) {
        let query: Vec<_> = sent.url.query_pairs().into_owned().collect();
        let form: Vec<_> =
            sent.form.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let (method, path) = (sent.method.as_str(), sent.url.path());
        self.faults.extend(twilio_spec::faults_of_request(method, path, &query, &form));
        let operation = twilio_spec::find(method, path);
        self.operations.extend(operation.map(|operation| (operation.method, operation.path)));
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.faults.is_empty(), "requests that Twilio would refuse: {:#?}", self.faults);
        }
    }
}
