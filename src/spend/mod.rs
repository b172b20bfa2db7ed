//! Spend.
pub mod attribution;
mod month;
pub use month::Month;
