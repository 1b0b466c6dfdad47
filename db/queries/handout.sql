-- name: handout_create
INSERT INTO handout (id, form_hash, created_at, created_by, object_id, sealed, expires_at)
VALUES (:id, :form_hash, :created_at, :created_by, :object_id, :sealed, :expires_at);

-- name: handout_fill
UPDATE handout SET sealed = :sealed WHERE id = :id AND sealed IS NULL AND erased_at IS NULL;

-- name: handout_drop
DELETE FROM handout WHERE id = :id AND sealed IS NULL AND erased_at IS NULL;

-- name: handout_get
SELECT * FROM handout WHERE id = :id;

-- name: handout_find
SELECT * FROM handout WHERE form_hash = :form_hash;

-- name: handout_of_object
SELECT * FROM handout WHERE object_id = :object_id AND object_id <> '';

-- name: handout_erase_due
UPDATE handout SET sealed = NULL, erased_at = :now WHERE erased_at IS NULL AND expires_at <= :now;

-- name: handout_certificate_add
INSERT INTO handout_certificate (serial, handout_id) VALUES (:serial, :handout_id);

-- name: handout_certificate_drop
DELETE FROM handout_certificate WHERE handout_id = :handout_id;

-- name: handout_certificate_drop_due
DELETE FROM handout_certificate WHERE serial IN
    (SELECT c.serial FROM handout h CROSS JOIN handout_certificate c ON c.handout_id = h.id
     WHERE h.erased_at IS NULL AND h.expires_at <= :now)
RETURNING serial;
