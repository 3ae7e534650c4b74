-- Large files that came as whole blobs and wait for their Xet form. An index only: a release that does
-- not know it is none the wiser.
CREATE INDEX contents_unconverted ON contents (stored_at) WHERE whole = 1 AND xet_hash IS NULL;
