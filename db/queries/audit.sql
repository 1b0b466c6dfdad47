-- name: audit_append
INSERT INTO audit (id, at, actor, action, object_kind, object_id, address, detail, hash)
VALUES (:id, :at, :actor, :action, :object_kind, :object_id, :address, :detail, :hash);

-- name: audit_head
SELECT id, hash FROM audit WHERE id > 0 ORDER BY id DESC LIMIT 1;

-- name: audit_hash
SELECT hash FROM audit WHERE id = :id;

-- name: audit_at
SELECT at FROM audit WHERE id = :id;

-- name: audit_from
-- Oldest first.
SELECT * FROM audit WHERE id > :after ORDER BY id;

-- name: audit_list
SELECT * FROM audit WHERE at >= :from AND (at, id) < (:before_at, :before_id)
ORDER BY at DESC, id DESC LIMIT :most;

-- name: audit_list_of_actor
SELECT * FROM audit WHERE actor = :actor AND at >= :from AND (at, id) < (:before_at, :before_id)
ORDER BY at DESC, id DESC LIMIT :most;

-- name: audit_list_of_action
SELECT * FROM audit WHERE action = :action AND at >= :from AND (at, id) < (:before_at, :before_id)
ORDER BY at DESC, id DESC LIMIT :most;

-- name: audit_list_of_actor_action
SELECT * FROM audit WHERE actor = :actor AND action = :action AND at >= :from
    AND (at, id) < (:before_at, :before_id)
ORDER BY at DESC, id DESC LIMIT :most;

-- name: audit_list_of_object
-- One object never has many: the rest is looked for among them.
SELECT * FROM audit WHERE object_id = :object_id AND at >= :from
    AND (at, id) < (:before_at, :before_id) AND (:object_kind = '' OR object_kind = :object_kind)
    AND (:actor = '' OR actor = :actor) AND (:action = '' OR action = :action)
ORDER BY at DESC, id DESC LIMIT :most;
