-- Files of buckets. A bucket is a row of repos with the type "bucket"; its files have no history.
-- New tables only: a release that does not know them is not disturbed.
CREATE TABLE bucket_files (
  repo_key $BIGINT NOT NULL,
  path TEXT NOT NULL,
  xet_hash TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size $BIGINT NOT NULL,
  mtime $BIGINT,
  content_type TEXT NOT NULL,
  uploaded_at $BIGINT NOT NULL,
  PRIMARY KEY (repo_key, path)
);
CREATE INDEX bucket_files_by_hash ON bucket_files (repo_key, xet_hash);

-- What bucket_files holds of each bucket, kept with it in the same transactions.
CREATE TABLE bucket_totals (
  repo_key $BIGINT NOT NULL PRIMARY KEY,
  files $BIGINT NOT NULL,
  bytes $BIGINT NOT NULL
);
