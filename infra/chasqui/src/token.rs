//! API tokens: made here, shown once, kept only as a hash.

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
