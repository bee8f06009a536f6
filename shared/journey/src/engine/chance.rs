//! Numbers that look random and are always the same.

/// A hash of texts that never changes, so that what depends on it stays: FNV-1a (Fowler, Noll and Vo), then [`mix`].
pub(super) fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut state = 0xCBF2_9CE4_8422_2325_u64;
    for part in parts {
        // A byte no UTF-8 text contains divides them.
        for byte in part.bytes().chain([0xFF]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    mix(state)
}

/// Spreads the bits of a number (the finalizer of SplitMix64: Steele, Lea and Flood, 2014).
pub(super) fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_for_ever() {
        assert_eq!(hash(["contact-1", "greeting"]), 4_125_421_387_813_420_246);
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
    }
}
