//! Users, and what they are granted. The tables are those of MLflow 3.17's `server/auth/db/models.py`.

pub mod grants;
pub mod users;
