-- Which repositories changed, in the order in which they did: what is kept of them in memory for counting is
-- brought up to date from here. Old rows are dropped.
-- A new table only. What a release that does not know it changes meanwhile is noticed within minutes.
CREATE TABLE repo_changes (
  seq $PK,
  repo_id $BIGINT NOT NULL
);
