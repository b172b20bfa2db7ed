//! The inventory, an area code, a number, and the marks people make.

mod area;
mod life;
mod marks;
mod overview;
mod queries;
mod statuses;
mod stock;
