-- name: audit_append
INSERT INTO audit (id, at, actor, action, object_kind, object_id, address, detail, hash)
VALUES (:id, :at, :actor, :action, :object_kind, :object_id, :address, :detail, :hash);

-- name: audit_head
SELECT id, hash FROM audit WHERE id > 0 ORDER BY id DESC LIMIT 1;

-- name: audit_from
-- Oldest first.
SELECT * FROM audit WHERE id > :after ORDER BY id;

-- name: audit_list
SELECT * FROM audit WHERE id < :before ORDER BY id DESC LIMIT :most;

-- name: audit_list_of_object
SELECT * FROM audit WHERE object_kind = :object_kind AND object_id = :object_id AND id < :before
ORDER BY id DESC LIMIT :most;
