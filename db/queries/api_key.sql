-- name: api_key_create
INSERT INTO api_key (id, key_hash, name, role, created_at, created_by, expires_at)
VALUES (:id, :key_hash, :name, :role, :created_at, :created_by, :expires_at);

-- name: api_key_get
SELECT * FROM api_key WHERE id = :id;

-- name: api_key_find
SELECT * FROM api_key WHERE key_hash = :key_hash;

-- name: api_key_note_use
UPDATE api_key SET last_used_at = :now
WHERE id = :id AND (last_used_at IS NULL OR last_used_at <= :now - :interval);

-- name: api_key_revoke
UPDATE api_key SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL;

-- name: api_key_list
SELECT * FROM api_key WHERE (created_at, id) < (:before_at, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :most;
