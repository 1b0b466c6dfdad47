-- name: device_create
INSERT INTO device (id, owner, device_id, user_name, serial, first_seen_at, last_seen_at)
VALUES (:id, :owner, :device_id, :user_name, :serial, :first_seen_at, :first_seen_at);

-- name: device_get
SELECT * FROM device WHERE id = :id;

-- name: device_find
SELECT * FROM device WHERE owner = :owner AND lower(device_id) = lower(:device_id);

-- name: device_find_newest
SELECT * FROM device WHERE owner = :owner ORDER BY last_seen_at DESC, id DESC LIMIT 1;

-- name: device_find_by_device_id
SELECT * FROM device WHERE lower(device_id) = lower(:device_id)
ORDER BY last_seen_at DESC, id DESC LIMIT :most;

-- name: device_find_by_address
SELECT * FROM device WHERE address = :address AND last_seen_at >= :since LIMIT :most;

-- name: device_name
UPDATE device SET device_id = :device_id WHERE id = :id AND device_id = '';

-- name: device_note_sighting
-- What is not known this time stays as it was, and what a certified device is, only itself says: anybody can come with
-- its DeviceId and without a certificate.
UPDATE device SET last_seen_at = MAX(last_seen_at, :at), finding_due = 1,
    reason = CASE WHEN :reason = '' THEN reason ELSE :reason END,
    allowed_at = CASE WHEN :reason = 'allowed' THEN MAX(COALESCE(allowed_at, 0), :at)
        ELSE allowed_at END,
    allowed_count = allowed_count + (:reason = 'allowed'),
    refused_count = refused_count + (:reason <> 'allowed'),
    device_type = CASE WHEN :device_type = '' OR NOT (:proven OR owner LIKE '~%') THEN device_type ELSE :device_type END,
    agent = CASE WHEN :agent = '' OR NOT (:proven OR owner LIKE '~%') THEN agent ELSE :agent END,
    address = CASE WHEN :address = '' OR NOT (:proven OR owner LIKE '~%') THEN address ELSE :address END,
    version = CASE WHEN :version = 0 OR NOT (:proven OR owner LIKE '~%') THEN version ELSE :version END
WHERE id = :id
RETURNING allowed_count + refused_count;

-- name: device_describe
UPDATE device SET model = :model, os = :os, friendly_name = :friendly_name WHERE id = :id;

-- name: device_provision
UPDATE device SET provisioning = :provisioning WHERE id = :id;

-- name: device_block
UPDATE device SET blocked_at = :now, blocked_by = :blocked_by
WHERE id = :id AND blocked_at IS NULL;

-- name: device_unblock
UPDATE device SET blocked_at = NULL, blocked_by = '' WHERE id = :id AND blocked_at IS NOT NULL;

-- name: device_set_finding
UPDATE device SET finding = :finding, finding_from = :finding_from,
    finding_until = :finding_until, finding_number = :finding_number, finding_due = 0
WHERE id = :id;

-- name: device_finding_due
SELECT * FROM device WHERE finding_due = 1 AND last_seen_at >= 0
ORDER BY last_seen_at, id LIMIT :most;

-- name: device_list
SELECT * FROM device WHERE (last_seen_at, id) < (:before_at, :before_id)
ORDER BY last_seen_at DESC, id DESC LIMIT :most;

-- name: device_list_refused
SELECT * FROM device
WHERE reason NOT IN ('', 'allowed') AND (last_seen_at, id) < (:before_at, :before_id)
ORDER BY last_seen_at DESC, id DESC LIMIT :most;

-- name: device_list_of_user
-- One user never has many: the refused ones are looked for among them.
SELECT * FROM device
WHERE lower(user_name) = lower(:user_name)
    AND (:refused = 0 OR reason NOT IN ('', 'allowed'))
    AND (last_seen_at, id) < (:before_at, :before_id)
ORDER BY last_seen_at DESC, id DESC LIMIT :most;

-- name: device_unproven
-- Never let in, beyond the newest ones.
SELECT * FROM device WHERE allowed_at IS NULL AND blocked_at IS NULL AND last_seen_at >= 0
ORDER BY last_seen_at DESC, id DESC LIMIT :most OFFSET :kept;

-- name: device_unproven_old
SELECT * FROM device WHERE allowed_at IS NULL AND blocked_at IS NULL AND last_seen_at < :before
ORDER BY last_seen_at, id LIMIT :most;

-- name: device_surplus
-- Of one certificate or user, beyond the newest ones; none that was probed.
SELECT * FROM device WHERE owner = :owner AND blocked_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM probe WHERE probe.device = device.id)
ORDER BY last_seen_at DESC, id DESC LIMIT :most OFFSET :kept;

-- name: device_delete
DELETE FROM device WHERE id = :id AND blocked_at IS NULL;
