//! Notebooks as they are stored: compressed, because DynamoDB takes items of 400 KB.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use crate::StoreError;

/// The largest notebook, in bytes. Text of this size is stored in about a quarter of it.
pub const MAX_NOTEBOOK_BYTES: usize = 1_000_000;

/// The most bytes of an item that the compressed notebook may take; the rest is for its other attributes.
const MAX_PACKED_BYTES: usize = 380_000;

/// How hard to compress, 0 to 10: notebooks are written rarely and read often.
const LEVEL: u8 = 8;

/// A notebook that is too large.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// The text itself.
    #[error("the notebook has {0} bytes, {MAX_NOTEBOOK_BYTES} is the most; split the journey with run_stack")]
    Text(usize),
    /// Text that hardly compresses, such as data between the cards.
    #[error(
        "the notebook takes {0} bytes compressed, {MAX_PACKED_BYTES} is the most; keep data and pictures elsewhere, or \
         split the journey with run_stack"
    )]
    Packed(usize),
}

/// A notebook, ready to be stored.
#[derive(Clone, Debug)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// Compresses a notebook.
    pub fn of(notebook: &str) -> Result<Self, TooLarge> {
        if notebook.len() > MAX_NOTEBOOK_BYTES {
            return Err(TooLarge::Text(notebook.len()));
        }
        let bytes = compress_to_vec_zlib(notebook.as_bytes(), LEVEL);
        if bytes.len() > MAX_PACKED_BYTES { Err(TooLarge::Packed(bytes.len())) } else { Ok(Self(bytes)) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn unpack(bytes: &[u8]) -> Result<String, StoreError> {
        let unreadable = |error: &dyn std::fmt::Display| StoreError::Unreadable(format!("a notebook: {error}"));
        let bytes = decompress_to_vec_zlib_with_limit(bytes, MAX_NOTEBOOK_BYTES).map_err(|error| unreadable(&error))?;
        String::from_utf8(bytes).map_err(|error| unreadable(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notebook_reads_back() {
        for notebook in ["", "# Menú 🇨🇴\n", &"card Start do\n  text(\"Hola\")\nend\n".repeat(20_000)] {
            let packed = Packed::of(notebook).unwrap();
            assert_eq!(Packed::unpack(packed.bytes()).unwrap(), notebook);
        }
    }

    #[test]
    fn what_is_too_large_is_refused_and_says_what_to_do() {
        assert_eq!(Packed::of(&"a".repeat(1_000_001)).unwrap_err(), TooLarge::Text(1_000_001));
        // Numbers without a pattern: 48 bits of each step of a generator, in hexadecimal.
        let mut state = 1_u64;
        let noise: String = (0..80_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                format!("{:012x}", state >> 16)
            })
            .collect();
        let refused = Packed::of(&noise).unwrap_err();
        assert!(matches!(refused, TooLarge::Packed(bytes) if bytes > 380_000), "{refused}");
        assert!(refused.to_string().contains("run_stack"));
    }

    #[test]
    fn a_damaged_notebook_is_an_error() {
        let mut bytes = Packed::of("card Start do\nend\n").unwrap().bytes().to_vec();
        bytes.truncate(6);
        assert!(matches!(Packed::unpack(&bytes), Err(StoreError::Unreadable(_))));
        assert!(matches!(Packed::unpack(b"plain"), Err(StoreError::Unreadable(_))));
    }
}
