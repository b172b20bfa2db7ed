//! Twilio.

pub mod simulator;
