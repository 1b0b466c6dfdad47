-- name: totp_put
-- Takes the place of a set-up that was not finished.
INSERT INTO totp (operator, secret_sealed, created_at)
VALUES (:operator, :secret_sealed, :created_at)
ON CONFLICT (operator) DO UPDATE SET secret_sealed = excluded.secret_sealed,
    created_at = excluded.created_at, last_step = 0
    WHERE totp.confirmed_at IS NULL;

-- name: totp_get
SELECT * FROM totp WHERE operator = :operator;

-- name: totp_confirm
UPDATE totp SET confirmed_at = :now WHERE operator = :operator AND confirmed_at IS NULL;

-- name: totp_use_step
-- No code is taken twice, and none that is older than one that was taken.
UPDATE totp SET last_step = :step WHERE operator = :operator AND last_step < :step;

-- name: totp_remove
DELETE FROM totp WHERE operator = :operator;

-- name: recovery_code_add
INSERT INTO recovery_code (operator, mac) VALUES (:operator, :mac);

-- name: recovery_code_use
DELETE FROM recovery_code WHERE operator = :operator AND mac = :mac;

-- name: recovery_code_count
SELECT count(*) FROM recovery_code WHERE operator = :operator;
