-- Large files: what bytes a sha256 stands for, in which form they are kept, and which repositories may
-- refer to them. Hashes are text: sha256 in hex, Xet hashes in their text form.
CREATE TABLE contents (
  sha256 TEXT NOT NULL PRIMARY KEY,
  size $BIGINT NOT NULL,
  xet_hash TEXT,
  whole $BIGINT NOT NULL DEFAULT 0,
  stored_at $BIGINT NOT NULL
);

-- A repository may refer to a content only through a row here.
CREATE TABLE repo_contents (
  repo_key $BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  linked_at $BIGINT NOT NULL,
  PRIMARY KEY (repo_key, sha256)
);
CREATE INDEX repo_contents_by_content ON repo_contents (sha256);

CREATE TABLE xorbs (
  hash TEXT NOT NULL PRIMARY KEY,
  stored_bytes $BIGINT NOT NULL,
  raw_bytes $BIGINT NOT NULL,
  chunks $BIGINT NOT NULL,
  stored_at $BIGINT NOT NULL
);
CREATE TABLE repo_xorbs (
  repo_key $BIGINT NOT NULL,
  xorb TEXT NOT NULL,
  PRIMARY KEY (repo_key, xorb)
);
CREATE INDEX repo_xorbs_by_xorb ON repo_xorbs (xorb);

-- Who has proved to hold a xorb's bytes, by sending them: a client remembers what it uploaded and refers
-- to it again, also from another repository and after the first one is gone.
CREATE TABLE user_xorbs (
  user_key $BIGINT NOT NULL,
  xorb TEXT NOT NULL,
  PRIMARY KEY (user_key, xorb)
);
CREATE INDEX user_xorbs_by_xorb ON user_xorbs (xorb);

-- Files as terms over xorbs. Who may read one follows from its sha256 (repo_contents): the bytes are
-- the same. The form of `terms` is described in docs/formats/xet_terms.md.
CREATE TABLE xet_files (
  file_hash TEXT NOT NULL PRIMARY KEY,
  sha256 TEXT NOT NULL,
  size $BIGINT NOT NULL,
  terms $BLOB NOT NULL,
  stored_at $BIGINT NOT NULL
);
CREATE INDEX xet_files_by_content ON xet_files (sha256);
CREATE TABLE xet_file_xorbs (
  file_hash TEXT NOT NULL,
  xorb TEXT NOT NULL,
  PRIMARY KEY (file_hash, xorb)
);
CREATE INDEX xet_file_xorbs_by_xorb ON xet_file_xorbs (xorb);

-- Only chunks that clients ask about: those eligible for deduplication and the first of each file.
CREATE TABLE chunk_index (
  chunk_hash TEXT NOT NULL,
  xorb_hash TEXT NOT NULL,
  chunk_position $BIGINT NOT NULL,
  PRIMARY KEY (chunk_hash, xorb_hash)
);
CREATE INDEX chunk_index_by_xorb ON chunk_index (xorb_hash);
