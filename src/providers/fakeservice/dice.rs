//! Everything that looks like chance here, from a seed: the same seed gives the same world.

/// A well-mixed number from a seed and what it is asked about (the SplitMix64 finaliser, folded over the parts).
pub fn mix(seed: u64, parts: &[u64]) -> u64 {
    parts.iter().fold(finish(seed), |sum, part| finish(sum ^ finish(*part)))
}

/// A text as a number (FNV-1a), to be one of the parts of [`mix`].
pub fn text(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A draw as one of `count` places, `0..count`; 0 when there is none.
pub fn place(draw: u64, count: usize) -> usize {
    match u64::try_from(count) {
        Ok(count) if count > 0 => usize::try_from(draw % count).unwrap_or(0),
        _ => 0,
    }
}

fn finish(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
