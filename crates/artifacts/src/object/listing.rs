//! Listing what lies directly below a path.

use std::collections::BTreeSet;

use object_store::ListResult;
use object_store::list::PaginatedListOptions;
use object_store::path::Path;

use super::ObjectRepository;
use crate::error::{Error, Result};
use crate::repository::FileInfo;
use crate::safe_path::{RESERVED_PREFIX, SafePath};

pub(super) async fn list(
    repository: &ObjectRepository,
    path: &SafePath,
    limit: usize,
) -> Result<Vec<FileInfo>> {
    let gathered = gather(repository, path, limit);
    match tokio::time::timeout(repository.client.patience.listing, gathered).await {
        Ok(files) => files,
        Err(elapsed) => Err(Error::StoreUnavailable {
            bucket: repository.client.bucket.clone(),
            source: Box::new(elapsed),
        }),
    }
}

async fn gather(repository: &ObjectRepository, path: &SafePath, limit: usize) -> Result<Vec<FileInfo>> {
    let mut found = Found { repository, path, limit, files: Vec::new(), directories: BTreeSet::new() };
    let key = repository.key(path)?;
    let failure = |error| match repository.failure(error, path) {
        // A folder that is not there is an empty one.
        Error::NotFound(_) => None,
        error => Some(error),
    };
    let client = &repository.client;
    if let Some(pages) = &client.pages {
        let prefix = (!key.as_ref().is_empty()).then(|| format!("{key}/"));
        let mut page_token = None;
        loop {
            let options = PaginatedListOptions {
                delimiter: Some("/".into()),
                page_token: page_token.take(),
                ..PaginatedListOptions::default()
            };
            match pages.list_paginated(prefix.as_deref(), options).await {
                Ok(page) => {
                    found.add(&key, page.result)?;
                    page_token = page.page_token;
                }
                Err(error) => match failure(error) {
                    Some(error) => return Err(error),
                    None => break,
                },
            }
            if page_token.is_none() {
                break;
            }
        }
    } else {
        match client.store.list_with_delimiter(Some(&key)).await {
            Ok(all) => found.add(&key, all)?,
            Err(error) => {
                if let Some(error) = failure(error) {
                    return Err(error);
                }
            }
        }
    }
    Ok(found.sorted())
}

struct Found<'r> {
    repository: &'r ObjectRepository,
    path: &'r SafePath,
    limit: usize,
    files: Vec<FileInfo>,
    directories: BTreeSet<String>,
}

impl Found<'_> {
    fn add(&mut self, key: &Path, page: ListResult) -> Result<()> {
        for directory in page.common_prefixes {
            if let Some(path) = self.shown(key, &directory) {
                self.directories.insert(path);
            }
        }
        for object in page.objects {
            // An object whose key ends in `/` marks a directory; its key comes without the slash.
            if let Some(path) = self.shown(key, &object.location) {
                let file_size = Some(i64::try_from(object.size).unwrap_or(i64::MAX));
                self.files.push(FileInfo { path, is_dir: false, file_size });
            }
        }
        if self.files.len() + self.directories.len() > self.limit {
            return Err(Error::TooManyEntries { limit: self.limit });
        }
        Ok(())
    }

    /// The path from the repository's root, of what lies directly below.
    fn shown(&self, key: &Path, entry: &Path) -> Option<String> {
        let entry = entry.as_ref();
        let name = if key.as_ref().is_empty() {
            entry
        } else {
            entry.strip_prefix(key.as_ref())?.strip_prefix('/')?
        };
        if name.is_empty() || name.contains('/') || name.starts_with(RESERVED_PREFIX) {
            return None;
        }
        debug_assert!(self.repository.prefix.is_root() || entry.starts_with(self.repository.prefix.as_str()));
        Some(if self.path.is_root() { name.to_owned() } else { format!("{}/{name}", self.path) })
    }

    fn sorted(self) -> Vec<FileInfo> {
        let directories =
            self.directories.into_iter().map(|path| FileInfo { path, is_dir: true, file_size: None });
        let mut all: Vec<FileInfo> = self.files.into_iter().chain(directories).collect();
        all.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        all
    }
}
