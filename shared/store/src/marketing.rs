//! Whether a contact wants marketing.

use domain::id::ContactId;

use crate::{Store, StoreError};

/// How often it is tried when somebody else changes the contact at the same moment.
const ATTEMPTS: usize = 5;

impl Store {
    /// Keeps with a contact whether it wants no more marketing. One that is not there is passed over.
    pub async fn stop_marketing(&self, contact: &ContactId, stopped: bool) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let Some(mut contact) = self.contact(contact).await? else { return Ok(()) };
            if contact.marketing_stopped == stopped {
                return Ok(());
            }
            contact.marketing_stopped = stopped;
            match self.save_contact(&mut contact).await {
                Err(StoreError::Conflict) => {}
                done => return done,
            }
        }
        Err(StoreError::Conflict)
    }
}
