//! What everything else is made of: no I/O.
pub mod area_code;
pub mod e164;
