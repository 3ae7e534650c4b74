-- Where each repository's history is: refs, and the packs in the object store that hold its objects.
CREATE TABLE refs (
  repo_id $BIGINT NOT NULL,
  name TEXT NOT NULL,
  target TEXT NOT NULL,
  peeled TEXT NOT NULL,
  PRIMARY KEY (repo_id, name)
);
CREATE TABLE packs (
  id $PK,
  repo_id $BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  size $BIGINT NOT NULL,
  stored_at $BIGINT NOT NULL
);
CREATE UNIQUE INDEX packs_by_repo ON packs (repo_id, sha256);
CREATE INDEX packs_by_hash ON packs (sha256);

-- Large files as commits introduced them: what the storage page and permanent deletion work on.
CREATE TABLE lfs_pushes (
  repo_id $BIGINT NOT NULL,
  blob TEXT NOT NULL,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size $BIGINT NOT NULL,
  ref TEXT NOT NULL,
  pushed_at $BIGINT NOT NULL,
  PRIMARY KEY (repo_id, blob, path)
);

-- What happened, for activity feeds: one row per acknowledged change.
CREATE TABLE activity (
  id $PK,
  repo_id $BIGINT NOT NULL,
  actor_id $BIGINT NOT NULL,
  action TEXT NOT NULL,
  ref TEXT NOT NULL,
  old_target TEXT NOT NULL,
  new_target TEXT NOT NULL,
  at $BIGINT NOT NULL
);
CREATE INDEX activity_by_repo ON activity (repo_id, id);
