-- name: operator_add
INSERT INTO operator (name, role, password_hash, must_change, created_at, password_at)
VALUES (:name, :role, :password_hash, :must_change, :created_at, :created_at);

-- name: operator_get
SELECT * FROM operator WHERE lower(name) = lower(:name);

-- name: operator_list
SELECT * FROM operator ORDER BY lower(name);

-- name: operator_set_password
UPDATE operator SET password_hash = :password_hash, must_change = :must_change, password_at = :now
WHERE lower(name) = lower(:name);

-- name: operator_disable
-- The last admin who may log in stays.
UPDATE operator SET disabled_at = :now
WHERE lower(name) = lower(:name) AND disabled_at IS NULL
    AND (role <> 'admin' OR EXISTS (SELECT 1 FROM operator AS other
        WHERE other.role = 'admin' AND other.disabled_at IS NULL AND other.name <> operator.name));

-- name: operator_enable
UPDATE operator SET disabled_at = NULL WHERE lower(name) = lower(:name);

-- name: operator_set_role
-- The last admin who may log in stays one.
UPDATE operator SET role = :role
WHERE lower(name) = lower(:name)
    AND (role <> 'admin' OR disabled_at IS NOT NULL OR :role = 'admin'
        OR EXISTS (SELECT 1 FROM operator AS other WHERE other.role = 'admin'
            AND other.disabled_at IS NULL AND other.name <> operator.name));
