-- name: once_add
INSERT INTO once (key_mac, request_mac, created_at, lease_until, answer_sealed)
VALUES (:key_mac, :request_mac, :created_at, :lease_until, :answer_sealed);

-- name: once_get
SELECT * FROM once WHERE key_mac = :key_mac;

-- name: once_answer
UPDATE once SET answer_sealed = :answer_sealed, lease_until = NULL
WHERE key_mac = :key_mac AND lease_until = :lease_until;

-- name: once_drop
DELETE FROM once WHERE key_mac = :key_mac AND lease_until IS :lease_until;

-- name: once_drop_old
DELETE FROM once WHERE id IN
    (SELECT id FROM once WHERE created_at <= :created_before ORDER BY created_at LIMIT :most);
