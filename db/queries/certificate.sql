-- name: certificate_reserve
INSERT INTO certificate (serial, issuer, profile, user_name, person_name, mail, device, not_before,
    not_after, state, reserved_at, lease_until, created_by, link_id)
VALUES (:serial, :issuer, :profile, :user_name, :person_name, :mail, :device, :not_before,
    :not_after, 'reserved', :reserved_at, :lease_until, :created_by, :link_id);

-- name: certificate_complete
UPDATE certificate SET state = 'issued', der = :der, issued_at = :now
WHERE serial = :serial AND state = 'reserved';

-- name: certificate_abandon_unsigned
UPDATE certificate SET state = 'abandoned' WHERE serial = :serial AND state = 'reserved';

-- name: certificate_abandon_signed
UPDATE certificate SET state = 'revoked', revoked_at = :now, reason = 5
WHERE serial = :serial AND state = 'reserved';

-- name: certificate_abandon_overdue
UPDATE certificate SET state = 'revoked', revoked_at = :now, reason = 5
WHERE state = 'reserved' AND lease_until <= :now;

-- name: certificate_revoke
UPDATE certificate SET state = 'revoked', revoked_at = :now, reason = :reason
WHERE serial = :serial AND state IN ('reserved', 'issued');

-- name: certificate_get
SELECT serial, issuer, profile, user_name, person_name, mail, device, not_before, not_after, state,
    reserved_at, lease_until, issued_at, revoked_at, reason, created_by, link_id
FROM certificate WHERE serial = :serial;

-- name: certificate_get_der
SELECT der FROM certificate WHERE serial = :serial AND der IS NOT NULL;

-- name: certificate_revoked
SELECT serial, revoked_at, reason FROM certificate
WHERE issuer = :issuer AND revoked_at IS NOT NULL AND not_after >= :since
ORDER BY not_after, serial;

-- name: certificate_list
SELECT serial, issuer, profile, user_name, person_name, mail, device, not_before, not_after, state,
    reserved_at, lease_until, issued_at, revoked_at, reason, created_by, link_id
FROM certificate
WHERE (reserved_at, serial) < (:before_at, :before_id)
ORDER BY reserved_at DESC, serial DESC LIMIT :most;

-- name: certificate_list_of_state
SELECT serial, issuer, profile, user_name, person_name, mail, device, not_before, not_after, state,
    reserved_at, lease_until, issued_at, revoked_at, reason, created_by, link_id
FROM certificate
WHERE state = :state AND (reserved_at, serial) < (:before_at, :before_id)
ORDER BY reserved_at DESC, serial DESC LIMIT :most;

-- name: certificate_list_of_user
-- One user never has many: a state is looked for among them.
SELECT serial, issuer, profile, user_name, person_name, mail, device, not_before, not_after, state,
    reserved_at, lease_until, issued_at, revoked_at, reason, created_by, link_id
FROM certificate
WHERE lower(user_name) = lower(:user_name) AND (:state = '' OR state = :state)
    AND (reserved_at, serial) < (:before_at, :before_id)
ORDER BY reserved_at DESC, serial DESC LIMIT :most;

-- name: certificate_list_expiring
-- Of users, soonest first.
SELECT serial, issuer, profile, user_name, person_name, mail, device, not_before, not_after, state,
    reserved_at, lease_until, issued_at, revoked_at, reason, created_by, link_id
FROM certificate
WHERE state = 'issued' AND profile = 'user' AND not_after < :until
    AND (not_after, serial) > (:after_at, :after_id)
ORDER BY not_after, serial LIMIT :most;
