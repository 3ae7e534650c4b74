-- What the collector took and may still give back, and what the checks found.
-- New tables only: a release that does not know them is not disturbed.

-- Rows as they stood in the tables of the same columns when they were collected. They go when the bin of
-- the object store is emptied of what they speak of.
CREATE TABLE collected_contents (
  sha256 TEXT NOT NULL PRIMARY KEY,
  size $BIGINT NOT NULL,
  xet_hash TEXT,
  whole $BIGINT NOT NULL,
  collected_at $BIGINT NOT NULL
);
CREATE TABLE collected_links (
  repo_key $BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  collected_at $BIGINT NOT NULL,
  PRIMARY KEY (repo_key, sha256)
);
CREATE TABLE collected_xet_files (
  file_hash TEXT NOT NULL PRIMARY KEY,
  sha256 TEXT NOT NULL,
  size $BIGINT NOT NULL,
  terms $BLOB NOT NULL,
  collected_at $BIGINT NOT NULL
);
CREATE TABLE collected_file_xorbs (
  file_hash TEXT NOT NULL,
  xorb TEXT NOT NULL,
  collected_at $BIGINT NOT NULL,
  PRIMARY KEY (file_hash, xorb)
);
CREATE TABLE collected_xorbs (
  hash TEXT NOT NULL PRIMARY KEY,
  stored_bytes $BIGINT NOT NULL,
  raw_bytes $BIGINT NOT NULL,
  chunks $BIGINT NOT NULL,
  collected_at $BIGINT NOT NULL
);
CREATE TABLE collected_xorb_links (
  repo_key $BIGINT NOT NULL,
  xorb TEXT NOT NULL,
  collected_at $BIGINT NOT NULL,
  PRIMARY KEY (repo_key, xorb)
);
CREATE TABLE collected_credits (
  user_key $BIGINT NOT NULL,
  xorb TEXT NOT NULL,
  collected_at $BIGINT NOT NULL,
  PRIMARY KEY (user_key, xorb)
);
CREATE TABLE collected_chunks (
  chunk_hash TEXT NOT NULL,
  xorb_hash TEXT NOT NULL,
  chunk_position $BIGINT NOT NULL,
  collected_at $BIGINT NOT NULL,
  PRIMARY KEY (chunk_hash, xorb_hash)
);

-- Where the checks stand and when each kind of upkeep was last done.
CREATE TABLE upkeep_marks (
  name TEXT NOT NULL PRIMARY KEY,
  value $BIGINT NOT NULL,
  at $BIGINT NOT NULL
);

-- Objects that were found damaged or missing and are not repaired yet.
CREATE TABLE damaged_objects (
  kind TEXT NOT NULL,
  hash TEXT NOT NULL,
  what TEXT NOT NULL,
  found_at $BIGINT NOT NULL,
  PRIMARY KEY (kind, hash)
);
