//! Numberbank.
