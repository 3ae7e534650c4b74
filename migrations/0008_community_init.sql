-- Discussions and pull requests of repositories, and what happened in each.
-- New tables only: a release that does not know them is not disturbed.
CREATE TABLE discussions (
  id $PK,
  object_id TEXT NOT NULL,
  repo_id $BIGINT NOT NULL,
  num $BIGINT NOT NULL,
  title TEXT NOT NULL,
  author_id $BIGINT NOT NULL,
  author TEXT NOT NULL,
  status TEXT NOT NULL,
  is_pull_request $BIGINT NOT NULL,
  target_branch TEXT NOT NULL,
  merged_onto TEXT NOT NULL,
  merge_commit TEXT NOT NULL,
  pinned $BIGINT NOT NULL,
  created_at $BIGINT NOT NULL
);
CREATE UNIQUE INDEX discussions_by_num ON discussions (repo_id, num);

CREATE TABLE discussion_events (
  id $PK,
  object_id TEXT NOT NULL,
  discussion_id $BIGINT NOT NULL,
  kind TEXT NOT NULL,
  author_id $BIGINT NOT NULL,
  author TEXT NOT NULL,
  data TEXT NOT NULL,
  created_at $BIGINT NOT NULL
);
CREATE INDEX discussion_events_by_discussion ON discussion_events (discussion_id, id);

-- The last number given in each repository: numbers are never given again.
CREATE TABLE discussion_numbers (
  repo_id $BIGINT NOT NULL PRIMARY KEY,
  last_num $BIGINT NOT NULL
);
