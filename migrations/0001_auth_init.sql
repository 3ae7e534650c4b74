-- People, organisations and how they are recognised; the audit trail; the outbox of events.
-- Safe beside any older binary: it only adds tables.

-- Users and organisations in one table: both own repositories and share one name space.
-- Names are kept as given; name_key is the lower-cased name and what is compared.
CREATE TABLE namespaces (
  id $PK,
  object_id TEXT NOT NULL UNIQUE,
  is_org $BIGINT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  full_name TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  email_key TEXT NOT NULL DEFAULT '',
  password TEXT NOT NULL DEFAULT '',
  site_admin $BIGINT NOT NULL DEFAULT 0,
  suspended $BIGINT NOT NULL DEFAULT 0,
  default_visibility TEXT NOT NULL,
  created_at $BIGINT NOT NULL
);
CREATE INDEX namespaces_by_email ON namespaces (email_key);
CREATE INDEX namespaces_by_kind ON namespaces (is_org, name_key);

CREATE TABLE members (
  org_id $BIGINT NOT NULL REFERENCES namespaces (id),
  user_id $BIGINT NOT NULL REFERENCES namespaces (id),
  role TEXT NOT NULL,
  created_at $BIGINT NOT NULL,
  PRIMARY KEY (org_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

-- digest is the SHA-256 of the token's text; the text itself is kept nowhere.
CREATE TABLE tokens (
  id $PK,
  object_id TEXT NOT NULL UNIQUE,
  user_id $BIGINT NOT NULL REFERENCES namespaces (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  global_permissions TEXT NOT NULL,
  scopes TEXT NOT NULL,
  digest $BLOB NOT NULL UNIQUE,
  last_four TEXT NOT NULL,
  created_at $BIGINT NOT NULL,
  expires_at $BIGINT,
  last_used_at $BIGINT,
  revoked_at $BIGINT
);
CREATE UNIQUE INDEX tokens_by_name ON tokens (user_id, name) WHERE revoked_at IS NULL;

-- Web sessions; digest is the SHA-256 of the cookie's value.
CREATE TABLE sessions (
  id $PK,
  digest $BLOB NOT NULL UNIQUE,
  user_id $BIGINT NOT NULL REFERENCES namespaces (id),
  created_at $BIGINT NOT NULL,
  expires_at $BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Who changed what, written in the transaction of the change. Rows are never updated; the actor's
-- name stays readable when the account is gone.
CREATE TABLE audit (
  id $PK,
  at $BIGINT NOT NULL,
  actor_id $BIGINT NOT NULL,
  actor TEXT NOT NULL,
  via TEXT NOT NULL,
  token_id $BIGINT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_subject ON audit (subject, id);

-- Events for webhooks and other listeners, written in the transaction that made them true.
CREATE TABLE outbox (
  id $PK,
  topic TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at $BIGINT NOT NULL
);
