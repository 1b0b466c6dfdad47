-- name: setting_get
SELECT value, changed_at FROM setting WHERE key = :key;

-- name: setting_set
INSERT INTO setting (key, value, changed_at) VALUES (:key, :value, :now)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at;

-- name: setting_next_number
INSERT INTO setting (key, value, changed_at) VALUES (:key, '1', :now)
ON CONFLICT (key) DO UPDATE
    SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT), changed_at = excluded.changed_at
RETURNING CAST(value AS BIGINT);

-- name: setting_remove
DELETE FROM setting WHERE key = :key;
