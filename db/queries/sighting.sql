-- name: sighting_add
INSERT INTO sighting (device, kind, front, at, connection, request_number, handshake_age,
    session_age, address, tls_version, cipher, certificate, fingerprint, serial, issuer, not_after,
    identity, method, command, user_name, device_id, device_type, agent, version, query,
    policy_key, authorization_scheme, authorization_user, asked, cut_off, body, reason, detail,
    http, status)
VALUES (:device, :kind, :front, :at, :connection, :request_number, :handshake_age,
    :session_age, :address, :tls_version, :cipher, :certificate, :fingerprint, :serial, :issuer,
    :not_after, :identity, :method, :command, :user_name, :device_id, :device_type, :agent,
    :version, :query, CASE WHEN :policy_key < 0 THEN NULL ELSE :policy_key END,
    :authorization_scheme, :authorization_user, :asked, :cut_off, :body, :reason, :detail, :http, :status);

-- name: sighting_list
SELECT id, device, kind, front, at, connection, request_number, handshake_age, session_age,
    address, tls_version, cipher, certificate, fingerprint, serial, issuer, not_after, identity, method,
    command, user_name, device_id, device_type, agent, version, query,
    COALESCE(policy_key, -1) AS policy_key, authorization_scheme, authorization_user, asked,
    cut_off, body, reason, detail, http, status
FROM sighting WHERE device = :device AND id < :before ORDER BY id DESC LIMIT :most;

-- name: sighting_list_turn
-- The last one that was let in before another sighting, and what came after it.
SELECT id, device, kind, front, at, connection, request_number, handshake_age, session_age,
    address, tls_version, cipher, certificate, fingerprint, serial, issuer, not_after, identity, method,
    command, user_name, device_id, device_type, agent, version, query,
    COALESCE(policy_key, -1) AS policy_key, authorization_scheme, authorization_user, asked,
    cut_off, body, reason, detail, http, status
FROM sighting WHERE device = :device AND id < :before
    AND id >= (SELECT id FROM sighting WHERE device = :device AND id < :before AND reason = 'allowed'
        ORDER BY id DESC LIMIT 1)
ORDER BY id LIMIT 2;

-- name: sighting_list_unclaimed
SELECT id, device, kind, front, at, connection, request_number, handshake_age, session_age,
    address, tls_version, cipher, certificate, fingerprint, serial, issuer, not_after, identity, method,
    command, user_name, device_id, device_type, agent, version, query,
    COALESCE(policy_key, -1) AS policy_key, authorization_scheme, authorization_user, asked,
    cut_off, body, reason, detail, http, status
FROM sighting WHERE device IS NULL AND id < :before ORDER BY id DESC LIMIT :most;

-- name: sighting_list_refused
SELECT id, device, kind, front, at, connection, request_number, handshake_age, session_age,
    address, tls_version, cipher, certificate, fingerprint, serial, issuer, not_after, identity, method,
    command, user_name, device_id, device_type, agent, version, query,
    COALESCE(policy_key, -1) AS policy_key, authorization_scheme, authorization_user, asked,
    cut_off, body, reason, detail, http, status
FROM sighting WHERE reason NOT IN ('', 'allowed') AND at >= :since
ORDER BY at DESC, id DESC LIMIT :most;

-- name: sighting_count_refused
-- Counts from the one on that is `most` refusals away from the newest.
SELECT MIN(COUNT(*), :most) FROM sighting WHERE reason NOT IN ('', 'allowed')
    AND at >= COALESCE((SELECT at FROM sighting WHERE reason NOT IN ('', 'allowed') AND at >= :since
        ORDER BY at DESC LIMIT 1 OFFSET :most), :since);

-- name: sighting_delete_old
DELETE FROM sighting WHERE id IN (SELECT id FROM sighting WHERE at < :before ORDER BY at LIMIT :most);

-- name: sighting_delete_surplus
-- All of one device but the newest ones.
DELETE FROM sighting WHERE id IN (SELECT id FROM sighting WHERE device = :device
    AND id <= (SELECT id FROM sighting WHERE device = :device ORDER BY id DESC LIMIT 1 OFFSET :kept)
    LIMIT :most);

-- name: sighting_delete_surplus_unproven
-- All without a certificate of one device but the newest ones; not of a device that never had one.
DELETE FROM sighting WHERE id IN (SELECT id FROM sighting WHERE device = :device AND certificate = 'none'
    AND id <= (SELECT id FROM sighting WHERE device = :device AND certificate = 'none'
        ORDER BY id DESC LIMIT 1 OFFSET :kept)
    AND (SELECT owner FROM device WHERE id = :device) NOT LIKE '~%'
    LIMIT :most);

-- name: sighting_delete_surplus_unclaimed
DELETE FROM sighting WHERE id IN (SELECT id FROM sighting WHERE device IS NULL
    AND id <= (SELECT id FROM sighting WHERE device IS NULL ORDER BY id DESC LIMIT 1 OFFSET :kept)
    LIMIT :most);
