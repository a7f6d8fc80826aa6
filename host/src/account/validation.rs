//! The outcome of an account's validation at the vendor, as the account keeps it.

use serde_json::Value;

use super::error::AccountError;
use super::model::{Account, Status};
use super::now;
use super::store::Accounts;
use super::vault::Sealed;
use super::webhook::{EventType, Written};

impl Accounts {
    /// Stores the outcome of a validation of the account `asked`, which the host made with the credentials `tried`.
    /// With a `refusal`, the account gets [`Status::ValidationError`] and the refusal as its last error. Without one,
    /// an account for which the host served no calls becomes active without a last error. The caller bounds `refusal`.
    ///
    /// Does nothing if the account is deleted, or if its credentials, its variables, its way to authenticate or its
    /// status have changed meanwhile: the vendor's answer then says nothing about it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_validation(
        &self,
        asked: &Account,
        tried: &Sealed,
        refusal: Option<&Value>,
    ) -> Result<(), AccountError> {
        // Another writer may have changed something else in the row: read it again.
        while let Some((mut account, version)) = self.read(asked.id, None).await? {
            let is_settled = refusal.is_none() && account.status == Status::Active;
            if is_settled || !is_same(&account, asked, tried) {
                return Ok(());
            }
            let before = account.status;
            account.status = if refusal.is_some() { Status::ValidationError } else { Status::Active };
            account.last_error = refusal.cloned();
            account.updated_at = now();
            let mut transaction = self.pool.begin().await?;
            let written = sqlx::query(
                "UPDATE integrated_account SET status = $1, last_error = $2, updated_at = $3, version = version + 1 \
                 WHERE id = $4 AND version = $5",
            )
            .bind(account.status.as_str())
            .bind(refusal.map(Value::to_string))
            .bind(account.updated_at.as_microsecond())
            .bind(account.id.to_string())
            .bind(version)
            .execute(&mut *transaction)
            .await?;
            if written.rows_affected() == 1 {
                let written = match EventType::of_change(before, account.status, false) {
                    Some(event) => self.outbox.write(event, &account, &mut transaction).await?,
                    None => Written::default(),
                };
                transaction.commit().await?;
                self.outbox.committed(written);
                self.recent.forget(&account.id);
                return Ok(());
            }
            transaction.rollback().await?;
        }
        Ok(())
    }
}

/// Whether a vendor's answer about the account `asked`, with the credentials `tried`, holds for the present account. A
/// sign-in may have made it active meanwhile.
fn is_same(account: &Account, asked: &Account, tried: &Sealed) -> bool {
    account.sealed == *tried
        && account.context == asked.context
        && account.authentication_method == asked.authentication_method
        && account.application_id == asked.application_id
        && (account.status == asked.status || account.status == Status::Active)
}
