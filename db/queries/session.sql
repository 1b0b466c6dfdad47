-- name: session_add
INSERT INTO session (token_hash, operator, created_at, seen_at, address, agent)
VALUES (:token_hash, :operator, :created_at, :created_at, :address, :agent);

-- name: session_get
SELECT * FROM session WHERE token_hash = :token_hash;

-- name: session_touch
UPDATE session SET seen_at = :now WHERE token_hash = :token_hash AND seen_at < :now;

-- name: session_end
DELETE FROM session WHERE token_hash = :token_hash;

-- name: session_end_of_operator
-- All of them; or all but one.
DELETE FROM session WHERE operator = :operator AND token_hash <> :except;

-- name: session_prune_old
DELETE FROM session WHERE created_at <= :created_before;

-- name: session_prune_idle
DELETE FROM session WHERE seen_at <= :seen_before;

-- name: session_list
SELECT * FROM session WHERE operator = :operator ORDER BY created_at DESC;
