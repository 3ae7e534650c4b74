-- Git LFS file locks. Objects are in the content tables.
CREATE TABLE lfs_locks (
  id $PK,
  repo_id $BIGINT NOT NULL,
  path TEXT NOT NULL,
  owner_id $BIGINT NOT NULL,
  owner_name TEXT NOT NULL,
  locked_at $BIGINT NOT NULL
);
CREATE UNIQUE INDEX lfs_locks_by_path ON lfs_locks (repo_id, path);
