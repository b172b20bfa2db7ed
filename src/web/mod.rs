//! Speaking HTTP: what routes take and what they return. Knows no feature and no database.
//!
//! * A route returns [`PageResult`]: a [`Page`], or an [`AppError`](crate::error::AppError) that becomes a page or
//!   a fragment in words.
//! * It takes [`Form`], [`Query`], [`Upload`] and [`Htmx`]. Whatever writes goes through [`Form`] or [`Upload`],
//!   which refuse requests that another site caused; actix's own `web::Form` is forbidden by `clippy.toml`.
//! * Templates may use the [`filters`] (money, phone numbers, counts, times) and [`asset`].

mod api;
mod assets;
mod envelope;
mod error;
pub mod filters;
mod flash;
mod form;
pub mod format;
mod gate;
mod headers;
mod htmx;
mod origin;
mod page;
pub mod shell;
mod site;
pub mod telemetry;
mod upload;

pub use api::{ApiBody, ApiError};
pub use assets::{asset, routes as asset_routes};
pub use envelope::envelope;
pub use flash::FlashSlot;
pub use form::{Form, Query};
pub use gate::Gate;
pub use headers::headers;
pub use htmx::Htmx;
pub use page::{Page, PageResult};
pub use shell::Shell;
pub use site::{Site, local_path};
pub use upload::{Upload, UploadedFile};
