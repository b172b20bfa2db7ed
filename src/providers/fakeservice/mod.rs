//! The practice carrier.
