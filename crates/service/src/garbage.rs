//! Deleting for good what is in the deleted stage: runs, logged models, the traces of deleted experiments, and experiments, in this
//! order, so that an experiment is empty when its turn comes. The operation and the command `millgate gc` both come here.
//!
//! What is to go loses its artifacts first, then what is granted on it, and its row at last: whatever breaks off in between, the
//! row is still there for the next time. Grants go before the row, as SQLite gives the id again at once: a sweep after it could
//! take the grant of a new experiment's creator.

use crate::locations::Place;
use crate::{Answer, Call, Service, handle, page_rows_of_ours};
use ::artifacts::{Repository, SafePath};
use futures::stream::{self, StreamExt};
use futures::{FutureExt, future::BoxFuture};
use model::audit::Target;
use model::{Actor, Error, Result};
use operations::messages::{CollectGarbage as Request, CollectedGarbage, GarbageItem};
use operations::{CollectGarbage, Json};
use std::time::Duration;
use store::tracking::experiments;
use store::tracking::garbage::{self, Candidate, Chosen, Kind, Named, Removal};
use store::{Connection, StoreError};
use tokio::time::Instant;

handle!(CollectGarbage, collect_garbage_for);

/// Ids that a request may name of each type.
const MAX_IDS: usize = 1_000;
/// How long a call begins with further things; the rest is for the next one.
const TIME: Duration = Duration::from_secs(20);
/// Things that are deleted at a time: most of what they take is waiting for an artifact store.
const AT_A_TIME: usize = 8;
/// Things after which the time is looked at.
const CHUNK: usize = 4 * AT_A_TIME;

const KINDS: [Kind; 4] = [Kind::Run, Kind::LoggedModel, Kind::Trace, Kind::Experiment];

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Run => "run",
        Kind::LoggedModel => "logged_model",
        Kind::Trace => "trace",
        Kind::Experiment => "experiment",
    }
}

/// How far earlier calls have come: all kinds before, and of this one all ids up to `after`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cursor {
    kind: Kind,
    after: String,
}

impl Cursor {
    fn parse(token: &str) -> Result<Self> {
        let parsed = token.split_once(':').and_then(|(kind, after)| {
            let kind = KINDS.into_iter().find(|known| name(*known) == kind)?;
            Some(Self { kind, after: after.to_owned() })
        });
        parsed.ok_or_else(|| Error::invalid("The page_token is not one that a call before has answered."))
    }

    fn token(&self) -> String {
        format!("{}:{}", name(self.kind), self.after)
    }

    /// The beginning of what comes after this kind.
    fn next_kind(&self) -> Option<Self> {
        let next = KINDS.into_iter().skip_while(|kind| *kind != self.kind).nth(1)?;
        Some(Self { kind: next, after: String::new() })
    }
}

/// What a call works by.
struct Sweep<'a> {
    chosen: Chosen,
    leave_artifacts: bool,
    dry_run: bool,
    actor: &'a Actor,
    /// Where experiments keep their artifacts that do not have their default folder, by id.
    custom: Vec<(String, Place)>,
}

/// What became of one thing.
enum Fate {
    /// It has gone, or would; with the reason why artifacts were left.
    Gone {
        left: Option<String>,
    },
    Stays {
        reason: String,
    },
}

impl Fate {
    fn stays(reason: impl Into<String>) -> Self {
        Self::Stays { reason: reason.into() }
    }
}

/// Where artifacts are that have to go.
type Artifacts = Option<(Repository, SafePath)>;

impl Service {
    async fn collect_garbage_for(&self, call: Call<CollectGarbage>) -> Answer<CollectGarbage> {
        let actor = call.actor().clone();
        let (_, input) = call.into_parts();
        self.collect_garbage(&actor, input.0).await.map(Json)
    }

    /// Deletes for good a bounded number of what the request means, or with `dry_run` tells of it. What cannot be deleted stays,
    /// with the reason, and keeps nothing else. An answer with a token is not the last: the same request with the token goes on.
    ///
    /// # Errors
    /// INVALID_PARAMETER_VALUE or RESOURCE_DOES_NOT_EXIST where something is named that is not deleted, or not as long ago as is
    /// asked for: nothing is deleted then. When a database fails; what went before is gone.
    pub async fn collect_garbage(&self, actor: &Actor, request: Request) -> Result<CollectedGarbage> {
        let began = Instant::now();
        let limit = page_rows_of_ours(request.max_results)?;
        let until = match request.older_than_ms {
            None => None,
            Some(age) if age.0 < 0 => {
                return Err(Error::invalid("The parameter 'older_than_ms' must not be negative."));
            }
            Some(age) => Some(self.clock.now().saturating_sub(age.0)),
        };
        let chosen = chosen(&request, until)?;
        let token = request.page_token.filter(|token| !token.is_empty());
        let mut cursor = match &token {
            Some(token) => Cursor::parse(token)?,
            None => Cursor { kind: Kind::Run, after: String::new() },
        };
        if token.is_none() {
            let mut snapshot = self.tracking()?.snapshot().await?;
            garbage::check(&mut snapshot.connection(), &chosen).await?;
        }
        let sweep = Sweep {
            chosen,
            leave_artifacts: request.leave_artifacts.unwrap_or(false),
            dry_run: request.dry_run.unwrap_or(false),
            actor,
            custom: self.custom_locations().await?,
        };
        let mut done = CollectedGarbage::default();
        let mut room = usize::try_from(limit).unwrap_or(usize::MAX);
        loop {
            // One more tells whether the kind has more.
            let asked = room.saturating_add(1);
            let mut candidates = self.candidates(&sweep.chosen, &cursor, asked).await?;
            let has_more = candidates.len() > room;
            candidates.truncate(room);
            let mut rest = candidates.into_iter();
            loop {
                let chunk: Vec<Candidate> = rest.by_ref().take(CHUNK).collect();
                let Some(last) = chunk.last() else { break };
                cursor.after.clone_from(&last.id);
                room = room.saturating_sub(chunk.len());
                self.sweep(&sweep, cursor.kind, chunk, &mut done).await?;
                if !sweep.dry_run && began.elapsed() >= TIME {
                    done.next_page_token = Some(cursor.token());
                    return Ok(done);
                }
            }
            if has_more {
                done.next_page_token = Some(cursor.token());
                return Ok(done);
            }
            let Some(next) = cursor.next_kind() else { return Ok(done) };
            cursor = next;
            if room == 0 {
                done.next_page_token = Some(cursor.token());
                return Ok(done);
            }
        }
    }

    async fn candidates(&self, chosen: &Chosen, cursor: &Cursor, limit: usize) -> Result<Vec<Candidate>> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let mut snapshot = self.tracking()?.snapshot_for_search().await?;
        let mut connection = snapshot.connection();
        let after = cursor.after.as_str();
        let found = match cursor.kind {
            Kind::Run => garbage::runs(&mut connection, chosen, after, limit).await?,
            Kind::LoggedModel => garbage::logged_models(&mut connection, chosen, after, limit).await?,
            Kind::Trace => garbage::traces(&mut connection, chosen, after, limit).await?,
            Kind::Experiment => {
                let after = match after {
                    "" => None,
                    id => Some(experiments::parse_id(id)?),
                };
                garbage::experiments(&mut connection, chosen, after, limit).await?
            }
        };
        Ok(found)
    }

    /// Deletes some of a kind, and writes down what has gone.
    async fn sweep(
        &self,
        sweep: &Sweep<'_>,
        kind: Kind,
        chunk: Vec<Candidate>,
        done: &mut CollectedGarbage,
    ) -> Result<()> {
        let work: Vec<BoxFuture<'_, (Candidate, Fate)>> = chunk
            .into_iter()
            .map(|candidate| {
                async move {
                    let fate = self.delete_for_good(sweep, kind, &candidate).await;
                    (candidate, fate)
                }
                .boxed()
            })
            .collect();
        let mut fates: Vec<(Candidate, Fate)> =
            stream::iter(work).buffer_unordered(AT_A_TIME).collect().await;
        fates.sort_unstable_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        let mut changes = Vec::new();
        for (candidate, fate) in fates {
            let Candidate { id, experiment_id, .. } = candidate;
            let item = GarbageItem { kind: name(kind).to_owned(), id, experiment_id, reason: None };
            match fate {
                Fate::Stays { reason } => done.kept.push(GarbageItem { reason: Some(reason), ..item }),
                Fate::Gone { left } => {
                    let detail = match (&left, kind) {
                        (Some(_), _) => "deleted for good, but for its artifacts".to_owned(),
                        (None, Kind::Experiment) => "deleted for good".to_owned(),
                        (None, _) => format!("deleted for good, of experiment {}", item.experiment_id),
                    };
                    changes.push((Target::new(name(kind), item.id.as_str()), detail));
                    if let Some(reason) = left {
                        done.left_artifacts.push(GarbageItem { reason: Some(reason), ..item.clone() });
                    }
                    done.deleted.push(item);
                }
            }
        }
        if let Some(people) = self.people.as_ref().filter(|_| !sweep.dry_run) {
            people.audit.record(sweep.actor, changes).await?;
        }
        Ok(())
    }

    async fn delete_for_good(&self, sweep: &Sweep<'_>, kind: Kind, candidate: &Candidate) -> Fate {
        let (artifacts, left) = match self.artifacts_of(sweep, kind, candidate) {
            Ok(artifacts) => (artifacts, None),
            Err(reason) if sweep.leave_artifacts => (None, Some(reason)),
            Err(reason) => return Fate::stays(reason),
        };
        if sweep.dry_run {
            return Fate::Gone { left };
        }
        match self.try_to_delete(sweep, kind, candidate, artifacts).await {
            Ok(Removal::Removed) => Fate::Gone { left },
            Ok(Removal::NotDeleted) => Fate::stays("Somebody else has restored or deleted it meanwhile."),
            Ok(Removal::NotEmpty) => Fate::stays("Something in it could not be deleted."),
            Err(error) => Fate::stays(error.message.into_owned()),
        }
    }

    /// Where its artifacts are, if there can be any; the reason, where they may not be deleted.
    fn artifacts_of(
        &self,
        sweep: &Sweep<'_>,
        kind: Kind,
        candidate: &Candidate,
    ) -> Result<Artifacts, String> {
        let Some(location) = &candidate.location else { return Ok(None) };
        let id = candidate.id.as_str();
        // MLflow 3.17 keeps those of traces in `traces/<id>`, and lets clients choose the ids of traces.
        let owner = match kind {
            Kind::Run | Kind::LoggedModel => &[id][..],
            Kind::Trace => &["traces", id],
            Kind::Experiment => {
                // In a place that it shares, or that is none, all of its own has gone with what it held.
                let others = sweep.custom.iter().filter(|(other, _)| other != id);
                let others: Vec<Place> = others.map(|(_, place)| place.clone()).collect();
                return Ok(self.locations.own_folder(id, location, &others).unwrap_or_default());
            }
        };
        let others = sweep.custom.iter().map(|(_, place)| place);
        self.locations
            .to_delete(location, owner, others)
            .map(Some)
            .map_err(|error| error.message.into_owned())
    }

    async fn try_to_delete(
        &self,
        sweep: &Sweep<'_>,
        kind: Kind,
        candidate: &Candidate,
        artifacts: Artifacts,
    ) -> Result<Removal> {
        let id = candidate.id.as_str();
        let db = self.tracking()?;
        {
            let mut snapshot = db.snapshot().await?;
            let mut connection = snapshot.connection();
            if !garbage::is_gone(&mut connection, kind, id).await? {
                return Ok(Removal::NotDeleted);
            }
            if kind == Kind::Experiment && garbage::has_contents(&mut connection, id).await? {
                return Ok(Removal::NotEmpty);
            }
        }
        if let Some((repository, path)) = artifacts {
            repository.delete(&path).await?;
            if kind != Kind::Experiment {
                remove_empty_folder(&repository, &path, id).await;
            }
        }
        if let (Kind::Experiment, Some(people)) = (kind, &self.people) {
            people.rights.forget_experiment(sweep.actor, id).await?;
        }
        let id = id.to_owned();
        let removed = db.write(move |connection| {
            let id = id.clone();
            async move { remove(connection, kind, &id).await }.boxed()
        });
        Ok(removed.await?)
    }
}

async fn remove(connection: &mut Connection<'_>, kind: Kind, id: &str) -> Result<Removal, StoreError> {
    match kind {
        Kind::Run => garbage::remove_run(connection, id).await,
        Kind::LoggedModel => garbage::remove_logged_model(connection, id).await,
        Kind::Trace => garbage::remove_trace(connection, id).await,
        Kind::Experiment => garbage::remove_experiment(connection, id).await,
    }
}

/// Removes the folder of its own in which something's artifacts lay, where nothing else lies in it: `<id>` of `<id>/artifacts`. On
/// an object store there is none.
async fn remove_empty_folder(repository: &Repository, artifacts: &SafePath, id: &str) {
    if repository.object().is_some() {
        return;
    }
    let Some(folder) = artifacts.parent().filter(|folder| folder.file_name() == Some(id)) else { return };
    let is_empty = repository.list(&folder).await.is_ok_and(|files| files.is_empty());
    if is_empty && let Err(error) = repository.delete(&folder).await {
        tracing::debug!(%error, %folder, "an empty folder of artifacts could not be removed");
    }
}

fn chosen(request: &Request, until: Option<i64>) -> Result<Chosen> {
    let named = |ids: &Option<Vec<String>>, field: &str| -> Result<Vec<String>> {
        let Some(mut ids) = ids.clone() else { return Ok(Vec::new()) };
        // A list that a script has made and that came out empty must not mean all that there is.
        if ids.is_empty() {
            return Err(Error::invalid(format!("The parameter '{field}' names no id.")));
        }
        if ids.len() > MAX_IDS {
            return Err(Error::invalid(format!("The parameter '{field}' names more than {MAX_IDS} ids.")));
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    };
    let runs = named(&request.run_ids, "run_ids")?;
    let logged_models = named(&request.logged_model_ids, "logged_model_ids")?;
    let experiments = named(&request.experiment_ids, "experiment_ids")?
        .iter()
        .map(|id| experiments::parse_id(id))
        .collect::<Result<Vec<_>, _>>()?;
    let is_all = runs.is_empty() && logged_models.is_empty() && experiments.is_empty();
    Ok(Chosen { until, named: (!is_all).then_some(Named { runs, logged_models, experiments }) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_through_all_kinds() {
        let mut cursor = Cursor::parse("run:").unwrap();
        let mut kinds = vec![cursor.kind];
        while let Some(next) = cursor.next_kind() {
            assert_eq!(Cursor::parse(&next.token()).unwrap(), next);
            cursor = next;
            kinds.push(cursor.kind);
        }
        assert_eq!(kinds, KINDS);
        for token in ["", "run", "runs:1", ":1"] {
            assert!(Cursor::parse(token).is_err(), "{token}");
        }
    }

    #[test]
    fn without_ids_all_is_meant_and_with_any_nothing_else() {
        assert_eq!(chosen(&Request::default(), Some(7)).unwrap(), Chosen { until: Some(7), named: None });
        let empty = Request { run_ids: Some(Vec::new()), ..Request::default() };
        assert!(chosen(&empty, None).is_err());
        let named =
            Request { experiment_ids: Some(vec!["7".to_owned(), "7".to_owned()]), ..Request::default() };
        let expected = Named { runs: Vec::new(), logged_models: Vec::new(), experiments: vec![7] };
        assert_eq!(chosen(&named, Some(9)).unwrap(), Chosen { until: Some(9), named: Some(expected) });
        let odd = Request { experiment_ids: Some(vec!["07".to_owned()]), ..Request::default() };
        assert!(chosen(&odd, None).is_err());
        let many = Request { run_ids: Some(vec![String::new(); MAX_IDS + 1]), ..Request::default() };
        assert!(chosen(&many, None).is_err());
    }
}
