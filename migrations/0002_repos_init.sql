-- Repositories, every name each has had, and the tags that lists filter by.
CREATE TABLE repos (
  id $PK,
  object_id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  owner_id $BIGINT NOT NULL,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  full_key TEXT NOT NULL,
  created_by $BIGINT NOT NULL,
  visibility TEXT NOT NULL,
  gate TEXT NOT NULL,
  disabled $BIGINT NOT NULL DEFAULT 0,
  allow_force_push $BIGINT NOT NULL DEFAULT 0,
  discussions_disabled $BIGINT NOT NULL DEFAULT 0,
  space_sdk TEXT NOT NULL DEFAULT '',
  created_at $BIGINT NOT NULL,
  last_modified $BIGINT NOT NULL,
  head TEXT NOT NULL DEFAULT '',
  generation $BIGINT NOT NULL DEFAULT 0,
  likes $BIGINT NOT NULL DEFAULT 0,
  downloads $BIGINT NOT NULL DEFAULT 0,
  downloads_all_time $BIGINT NOT NULL DEFAULT 0,
  trending $BIGINT NOT NULL DEFAULT 0,
  used_storage $BIGINT NOT NULL DEFAULT 0,
  pipeline_tag TEXT NOT NULL DEFAULT '',
  library_name TEXT NOT NULL DEFAULT '',
  parameters $BIGINT NOT NULL DEFAULT 0,
  tags TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX repos_by_name ON repos (type, full_key);
CREATE INDEX repos_by_owner ON repos (owner_id, type);
CREATE INDEX repos_by_modified ON repos (type, last_modified, id);
CREATE INDEX repos_by_created ON repos (type, created_at, id);
CREATE INDEX repos_by_likes ON repos (type, likes, id);
CREATE INDEX repos_by_downloads ON repos (type, downloads, id);
CREATE INDEX repos_by_trending ON repos (type, trending, id);

-- Current and former names. A former name keeps leading to its repository and is not given away.
CREATE TABLE repo_names (
  type TEXT NOT NULL,
  full_key TEXT NOT NULL,
  repo_id $BIGINT NOT NULL,
  PRIMARY KEY (type, full_key)
);
CREATE INDEX repo_names_by_repo ON repo_names (repo_id);

CREATE TABLE repo_tags (
  tag TEXT NOT NULL,
  type TEXT NOT NULL,
  repo_id $BIGINT NOT NULL,
  PRIMARY KEY (tag, type, repo_id)
);
CREATE INDEX repo_tags_by_repo ON repo_tags (repo_id);
