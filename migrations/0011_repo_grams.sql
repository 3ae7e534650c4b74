-- Every three letters that follow one another in a repository's current full_key: search looks for the
-- rarest three of what was typed instead of reading all names.
CREATE TABLE repo_grams (
  type TEXT NOT NULL,
  gram TEXT NOT NULL,
  repo_id $BIGINT NOT NULL,
  PRIMARY KEY (type, gram, repo_id)
) $CLUSTERED;

INSERT INTO repo_grams (type, gram, repo_id)
WITH RECURSIVE places (id, type, full_key, place) AS (
  SELECT id, type, full_key, 1 FROM repos WHERE length(full_key) >= 3
  UNION ALL
  SELECT id, type, full_key, place + 1 FROM places WHERE place < length(full_key) - 2
)
SELECT DISTINCT type, substr(full_key, place, 3), id FROM places ORDER BY 1, 2, 3;
