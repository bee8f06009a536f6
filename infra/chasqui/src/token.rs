//! API tokens: made here, shown once, kept only as a hash; the one of this machine also in a file of its owner's.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::{ApiToken, Store, StoreError, TokenRole};

/// Makes a token and answers its text, which is nowhere kept.
pub async fn create(store: &Store, name: &str, role: TokenRole, now: Timestamp) -> Result<String, StoreError> {
    // Two random UUIDs hold 244 random bits; hashing spreads them over the text.
    let random = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
    let mut hash = Sha256::new();
    random.iter().for_each(|uuid| hash.update(uuid.as_bytes()));
    let text = format!("chq_{}", hex::encode(hash.finalize()));
    let token = ApiToken { name: name.to_owned(), role, created_at: now, revoked_at: None };
    store.put_token(&ApiToken::hash(&text), &token).await?;
    Ok(text)
}

/// What the owner may do with the file of a token, and nobody else.
const PRIVATE: u32 = 0o600;

/// Writes a token into a file that only its owner can read, from its first moment on.
pub fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut kept: File = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(file)?;
    keep_private(file)?;
    kept.write_all(text.as_bytes())
}

/// Makes the file of a token its owner's alone, whoever wrote it.
pub fn keep_private(file: &Path) -> io::Result<()> {
    std::fs::set_permissions(file, Permissions::from_mode(PRIVATE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_token_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let mode = || std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        write(&file, "chq_a").unwrap();
        assert_eq!((mode(), std::fs::read_to_string(&file).unwrap().as_str()), (PRIVATE, "chq_a"));
        // One that an earlier build left open to others.
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        write(&file, "chq_b").unwrap();
        assert_eq!((mode(), std::fs::read_to_string(&file).unwrap().as_str()), (PRIVATE, "chq_b"));
    }
}
