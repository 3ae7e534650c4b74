-- Who likes which repository; repos.likes counts them.
-- A new table only: a release that does not know it is not disturbed.
CREATE TABLE repo_likes (
  id $PK,
  repo_id $BIGINT NOT NULL,
  user_id $BIGINT NOT NULL,
  liked_at $BIGINT NOT NULL
);
CREATE UNIQUE INDEX repo_likes_by_repo ON repo_likes (repo_id, user_id);
CREATE INDEX repo_likes_by_user ON repo_likes (user_id, id);
