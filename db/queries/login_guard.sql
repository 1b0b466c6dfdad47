-- name: login_counter_get
SELECT failures, at, blocked_until FROM login_counter WHERE key = :key;

-- name: login_counter_put
REPLACE INTO login_counter (key, failures, at, blocked_until)
VALUES (:key, :failures, :at, :blocked_until)
RETURNING id;

-- name: login_counter_drop
DELETE FROM login_counter WHERE key = :key;

-- name: login_counter_drop_up_to
DELETE FROM login_counter WHERE id <= :id;

-- name: login_counter_prune
DELETE FROM login_counter
WHERE id IN (SELECT id FROM login_counter WHERE at < :before ORDER BY at LIMIT :most);

-- name: login_failure_get
SELECT * FROM login_failure WHERE operator = :operator;

-- name: login_failure_put
REPLACE INTO login_failure (operator, failures, first_at, address, reported_at)
VALUES (:operator, :failures, :first_at, :address, :reported_at);

-- name: login_failure_due
SELECT * FROM login_failure WHERE failures > 0 AND reported_at <= :before
ORDER BY reported_at LIMIT 1;
