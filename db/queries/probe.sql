-- name: probe_create
INSERT INTO probe (id, device, user_name, version, risk, named, one_by_one, consent, started_at, started_by, state,
    outcome, device_type, model, os, agent)
VALUES (:id, :device, :user_name, :version, :risk, :named, :one_by_one, :consent, :started_at, :started_by, :state,
    :outcome, :device_type, :model, :os, :agent);

-- name: probe_get
SELECT * FROM probe WHERE id = :id;

-- name: probe_find_open
SELECT * FROM probe WHERE device = :device AND ended_at IS NULL;

-- name: probe_change
-- Only from the state that the caller saw: another request may have been faster.
UPDATE probe SET state = :state, outcome = :outcome, stop_reason = :stop_reason, waits_since = :waits_since,
    ended_at = :ended_at,
    device_type = CASE WHEN :device_type = '' THEN device_type ELSE :device_type END,
    model = CASE WHEN :model = '' THEN model ELSE :model END,
    os = CASE WHEN :os = '' THEN os ELSE :os END,
    agent = CASE WHEN :agent = '' THEN agent ELSE :agent END
WHERE number = :number AND state = :before AND ended_at IS NULL;

-- name: probe_waited
SELECT * FROM probe
WHERE ended_at IS NULL AND waits_since IS NOT NULL AND waits_since <= :until
ORDER BY waits_since LIMIT :most;

-- name: probe_waits_newest
SELECT max(waits_since) FROM probe WHERE ended_at IS NULL AND waits_since IS NOT NULL;

-- name: probe_waits_of_the_future
-- The clock was set back.
UPDATE probe SET waits_since = :now
WHERE ended_at IS NULL AND waits_since IS NOT NULL AND waits_since > :now;

-- name: probe_list
SELECT * FROM probe WHERE number < :before ORDER BY number DESC LIMIT :most;

-- name: probe_list_of_device
SELECT * FROM probe WHERE device = :device AND number < :before ORDER BY number DESC LIMIT :most;

-- name: probe_list_of_user
SELECT * FROM probe WHERE lower(user_name) = lower(:user_name) AND number < :before
ORDER BY number DESC LIMIT :most;

-- name: probe_list_newest
-- Of each device the one that was begun last.
SELECT * FROM probe AS one WHERE number < :before
    AND NOT EXISTS (SELECT 1 FROM probe AS later WHERE later.device = one.device AND later.number > one.number)
ORDER BY number DESC LIMIT :most;

-- name: probe_round_offer
INSERT INTO probe_round (probe, number, kind, policies, document, offered_at)
VALUES (:probe, :number, :kind, :policies, :document, :offered_at);

-- name: probe_round_answer
UPDATE probe_round SET answered_at = :answered_at, acknowledgment = :acknowledgment
WHERE probe = :probe AND number = :number AND answered_at IS NULL;

-- name: probe_round_list
SELECT * FROM probe_round WHERE probe = :probe AND number > :after ORDER BY number LIMIT :most;
