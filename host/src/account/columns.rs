//! Reading the columns of a row. An error names the row and the column.

use std::str::FromStr;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::any::AnyRow;
use sqlx::{Any, Decode, Row, Type};

use super::error::AccountError;

/// The columns of a row. Errors name the row by its id.
pub(super) struct Columns<'r> {
    row: &'r AnyRow,
    id: &'r str,
}

impl<'r> Columns<'r> {
    /// The columns of this row, whose id is in the column `id`.
    pub(super) fn of(row: &'r AnyRow, id: &'static str) -> Result<Self, AccountError> {
        Ok(Self { row, id: row.try_get(id)? })
    }

    /// The value of a column, as the database returns it.
    pub(super) fn get<T: Decode<'r, Any> + Type<Any>>(&self, column: &'static str) -> Result<T, AccountError> {
        Ok(self.row.try_get(column)?)
    }

    /// A yes or no, stored as 1 or 0.
    pub(super) fn flag(&self, column: &'static str) -> Result<bool, AccountError> {
        Ok(self.get::<i32>(column)? != 0)
    }

    /// A count.
    pub(super) fn count(&self, column: &'static str) -> Result<u64, AccountError> {
        Ok(self.get::<i64>(column)?.unsigned_abs())
    }

    /// A value that the column holds as text: an id, or a word such as a status.
    pub(super) fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T, AccountError> {
        self.get::<&str>(column)?.parse().map_err(|_| self.corrupt(column))
    }

    /// [`parsed`](Self::parsed) of a column that may be null.
    pub(super) fn parsed_if_any<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, AccountError> {
        let text = self.get::<Option<&str>>(column)?;
        text.map(str::parse).transpose().map_err(|_| self.corrupt(column))
    }

    /// A time.
    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp, AccountError> {
        Timestamp::from_microsecond(self.get(column)?).map_err(|_| self.corrupt(column))
    }

    /// [`time`](Self::time) of a column that may be null.
    pub(super) fn time_if_any(&self, column: &'static str) -> Result<Option<Timestamp>, AccountError> {
        let micros = self.get::<Option<i64>>(column)?;
        micros.map(Timestamp::from_microsecond).transpose().map_err(|_| self.corrupt(column))
    }

    /// The value of a column that holds JSON text.
    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, AccountError> {
        serde_json::from_str(self.get(column)?).map_err(|_| self.corrupt(column))
    }

    /// [`json`](Self::json) of a column that may be null.
    pub(super) fn json_if_any<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, AccountError> {
        let text = self.get::<Option<&str>>(column)?;
        text.map(serde_json::from_str).transpose().map_err(|_| self.corrupt(column))
    }

    /// The error for a column with a value that the host never writes there.
    pub(super) fn corrupt(&self, column: &'static str) -> AccountError {
        AccountError::corrupt(self.id, column)
    }
}
