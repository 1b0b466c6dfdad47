-- name: probe_import_create
INSERT INTO probe_import (id, site, probe, imported_at, imported_by, device, user_name, document)
VALUES (:id, :site, :probe, :imported_at, :imported_by, :device, :user_name, :document)
ON CONFLICT DO NOTHING;

-- name: probe_import_get
SELECT * FROM probe_import WHERE id = :id;

-- name: probe_import_remove
DELETE FROM probe_import WHERE id = :id;

-- name: probe_import_list
SELECT * FROM probe_import WHERE number < :before ORDER BY number DESC LIMIT :most;

-- name: probe_import_list_of_user
SELECT * FROM probe_import WHERE lower(user_name) = lower(:user_name) AND number < :before
ORDER BY number DESC LIMIT :most;

-- name: probe_import_list_newest
-- Of each device of each site the one that came last; a file may not name its device.
SELECT * FROM probe_import AS one WHERE number < :before
    AND NOT EXISTS (SELECT 1 FROM probe_import AS later
        WHERE later.site = one.site AND later.device = one.device AND one.device <> ''
            AND later.number > one.number)
ORDER BY number DESC LIMIT :most;
