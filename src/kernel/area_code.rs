//! stub
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AreaCode([u8; 3]);
impl AreaCode {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
    pub fn is_toll_free(&self) -> bool {
        false
    }
    pub fn parse(t: &str) -> Result<Self, ()> {
        t.as_bytes().try_into().map(Self).map_err(|_| ())
    }
}
