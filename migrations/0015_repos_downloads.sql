-- Downloads of each day: repos.downloads is the sum of the last thirty days. What an older release counted
-- has no day, and stays in downloads_all_time only.
-- A new table only: a release that does not know it is not disturbed.
CREATE TABLE repo_downloads (
  repo_id $BIGINT NOT NULL,
  day $BIGINT NOT NULL,
  downloads $BIGINT NOT NULL,
  PRIMARY KEY (repo_id, day)
) $CLUSTERED;
CREATE INDEX repo_downloads_by_day ON repo_downloads (day);
