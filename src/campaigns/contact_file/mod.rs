//! Reading a contact file.
mod classify;
mod dialled;
mod extension;
mod reason;
pub use reason::Reason;
pub fn probe(cell: &str) -> String {
    match classify::classify(cell) {
        Ok(c) => format!("ok {}", c.area_code),
        Err(r) => r.key().into(),
    }
}
