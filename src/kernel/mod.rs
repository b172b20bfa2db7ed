//! Words everybody uses: ids, money, time, phone numbers, area codes. Pure: no I/O.

pub mod area_code;
pub mod clock;
pub mod e164;
pub mod ids;
pub mod money;
pub mod seal;
pub mod text_enum;
pub mod tile_map;

pub use area_code::AreaCode;
pub use clock::{Clock, Moment};
pub use e164::E164;
pub use money::Micros;
pub use seal::{Seal, SealError};
