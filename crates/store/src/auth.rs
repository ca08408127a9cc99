//! Users, and what they are granted. The tables are those of MLflow 3.17's `server/auth/db/models.py`.

pub mod audit;
pub mod external;
pub mod grants;
pub mod holder;
pub mod roles;
pub mod tokens;
pub mod users;
