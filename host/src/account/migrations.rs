//! The schema of the database, step by step.

use std::sync::LazyLock;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Descriptions and statements in the order of their versions, from 1. A database holds the description and a hash of the statements of
/// each step that it has seen: what has been released never changes.
// Listed here, because `sqlx::migrate!` has the database drivers compiled a second time, for the compiler.
const STEPS: &[(&str, &str)] = &[
    ("integrated account", include_str!("../../migrations/0001_integrated_account.sql")),
    ("api token", include_str!("../../migrations/0002_api_token.sql")),
    ("idempotency key", include_str!("../../migrations/0003_idempotency_key.sql")),
    ("exchanged token", include_str!("../../migrations/0004_exchanged_token.sql")),
    ("call log", include_str!("../../migrations/0005_call_log.sql")),
    ("idempotency key of account", include_str!("../../migrations/0006_idempotency_key_of_account.sql")),
    ("call log bytes", include_str!("../../migrations/0007_call_log_bytes.sql")),
    ("account token", include_str!("../../migrations/0008_account_token.sql")),
    ("oauth application", include_str!("../../migrations/0009_oauth_application.sql")),
    ("link token", include_str!("../../migrations/0010_link_token.sql")),
    ("connect flow", include_str!("../../migrations/0011_connect_flow.sql")),
    ("webhook", include_str!("../../migrations/0012_webhook.sql")),
    ("connect flow generation", include_str!("../../migrations/0013_connect_flow_generation.sql")),
    ("connect flow key", include_str!("../../migrations/0014_connect_flow_key.sql")),
];

/// All steps.
pub(super) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let step = |(version, (description, sql)): (i64, &(&'static str, &'static str))| {
        Migration::new(version, (*description).into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    };
    Migrator::with_migrations((1..).zip(STEPS).map(step).collect())
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
