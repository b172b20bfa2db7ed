//! stub
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164([u8; 12]);
impl E164 {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    pub fn parse(t: &str) -> Result<Self, ()> {
        t.as_bytes().try_into().map(Self).map_err(|_| ())
    }
}
