-- name: pin_set
-- The first one stays.
INSERT INTO device_pin (owner, device_id, pinned_at) VALUES (:owner, :device_id, :now)
ON CONFLICT (owner) DO NOTHING;

-- name: pin_get
SELECT * FROM device_pin WHERE owner = :owner;

-- name: pin_alarm
UPDATE device_pin SET alarm_at = :now, alarm_device = :device_id
WHERE owner = :owner AND (alarm_at IS NULL OR alarm_at <= :told_before OR alarm_at > :now);

-- name: pin_remove
DELETE FROM device_pin WHERE owner = :owner;

-- name: user_block
INSERT INTO user_block (user_name, blocked_at, blocked_by)
VALUES (lower(:user_name), :now, :blocked_by) ON CONFLICT (user_name) DO NOTHING;

-- name: user_unblock
DELETE FROM user_block WHERE user_name = lower(:user_name);

-- name: user_block_get
SELECT blocked_at FROM user_block WHERE user_name = lower(:user_name);
