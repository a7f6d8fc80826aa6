//! The schema of the database, step by step.

use std::sync::LazyLock;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Version, description and statements of each step, in the order of versions. A database holds the description and a
/// hash of the statements of each step that it has seen, so a released step must never change.
// The list is here because `sqlx::migrate!` would compile the database drivers a second time, for the compiler.
const STEPS: &[(i64, &str, &str)] = &[
    (1, "integrated account", include_str!("../../migrations/0001_integrated_account.sql")),
    (2, "api token", include_str!("../../migrations/0002_api_token.sql")),
    (3, "idempotency key", include_str!("../../migrations/0003_idempotency_key.sql")),
    (4, "exchanged token", include_str!("../../migrations/0004_exchanged_token.sql")),
    (5, "call log", include_str!("../../migrations/0005_call_log.sql")),
    (6, "idempotency key of account", include_str!("../../migrations/0006_idempotency_key_of_account.sql")),
    (7, "call log bytes", include_str!("../../migrations/0007_call_log_bytes.sql")),
    (8, "account token", include_str!("../../migrations/0008_account_token.sql")),
    (9, "oauth application", include_str!("../../migrations/0009_oauth_application.sql")),
    (10, "link token", include_str!("../../migrations/0010_link_token.sql")),
    (11, "connect flow", include_str!("../../migrations/0011_connect_flow.sql")),
    (12, "webhook", include_str!("../../migrations/0012_webhook.sql")),
    (13, "connect flow generation", include_str!("../../migrations/0013_connect_flow_generation.sql")),
    (14, "connect flow key", include_str!("../../migrations/0014_connect_flow_key.sql")),
    (15, "call log recent", include_str!("../../migrations/0015_call_log_recent.sql")),
];

/// All steps in order.
pub(super) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let step = |(version, description, sql): &(i64, &'static str, &'static str)| {
        Migration::new(*version, (*description).into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    };
    Migrator::with_migrations(STEPS.iter().map(step).collect())
});

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{MIGRATIONS, Migration, Migrator};

    #[tokio::test]
    async fn the_steps_are_the_files_of_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let read = Migrator::new(folder).await.unwrap();
        let facts = |steps: &Migrator| -> Vec<_> {
            let fact =
                |m: &Migration| (m.version, m.description.clone(), m.migration_type, m.checksum.clone(), m.no_tx);
            steps.iter().map(fact).collect()
        };
        assert_eq!(facts(&MIGRATIONS), facts(&read));
    }
}
