-- name: link_create
INSERT INTO link (id, token_hash, pin_mac, user_name, person_name, mail, sid, device, packing,
    window_seconds, created_at, created_by, expires_at)
VALUES (:id, :token_hash, :pin_mac, :user_name, :person_name, :mail, :sid, :device, :packing,
    :window_seconds, :created_at, :created_by, :expires_at);

-- name: link_get
SELECT * FROM link WHERE id = :id;

-- name: link_find
SELECT * FROM link WHERE token_hash = :token_hash;

-- name: link_note_opened
UPDATE link SET opened_at = COALESCE(opened_at, :now), opened_count = opened_count + 1
WHERE id = :id;

-- name: link_count_wrong_pin
-- Only while a PIN is asked for: before the claim, and again inside the window.
UPDATE link SET wrong_pins = wrong_pins + 1,
    locked_at = CASE WHEN wrong_pins + 1 >= :most THEN :now ELSE NULL END
WHERE id = :id AND locked_at IS NULL AND cancelled_at IS NULL AND expired_at IS NULL
    AND rearmed_as IS NULL AND closed_at IS NULL
    AND ((claimed_at IS NULL AND expires_at > :now) OR window_ends_at > :now)
RETURNING wrong_pins;

-- name: link_claim_begin
UPDATE link SET claim_serial = :serial, claim_address = :address, claim_agent = :agent,
    claim_cookie_hash = :cookie_hash, claim_lease_until = :lease_until
WHERE id = :id AND claimed_at IS NULL AND locked_at IS NULL AND cancelled_at IS NULL
    AND expired_at IS NULL AND rearmed_as IS NULL AND expires_at > :now
    AND (claim_lease_until IS NULL OR claim_lease_until <= :now)
RETURNING id;

-- name: link_claim_finish
UPDATE link SET claimed_at = :now, window_ends_at = :now + window_seconds, claim_lease_until = NULL
WHERE id = :id AND claim_serial = :serial AND claimed_at IS NULL AND cancelled_at IS NULL
    AND expired_at IS NULL AND rearmed_as IS NULL
RETURNING id;

-- name: link_claim_release
UPDATE link SET claim_lease_until = NULL, claim_serial = NULL, claim_address = '', claim_agent = '',
    claim_cookie_hash = NULL
WHERE id = :id AND claim_serial = :serial AND claimed_at IS NULL;

-- name: link_note_fetch
UPDATE link SET delivered_at = COALESCE(delivered_at, :now), fetch_count = fetch_count + 1
WHERE id = :id AND closed_at IS NULL AND window_ends_at > :now
RETURNING id;

-- name: link_note_in_use
UPDATE link SET in_use_at = :now
WHERE claim_serial = :serial AND claimed_at IS NOT NULL AND in_use_at IS NULL;

-- name: link_cancel
UPDATE link SET cancelled_at = :now,
    window_ends_at = CASE WHEN window_ends_at > :now THEN :now ELSE window_ends_at END
WHERE id = :id AND cancelled_at IS NULL AND expired_at IS NULL AND closed_at IS NULL
    AND in_use_at IS NULL AND rearmed_as IS NULL
    AND (window_ends_at > :now OR (claimed_at IS NULL AND expires_at > :now))
RETURNING id;

-- name: link_rearm
UPDATE link SET rearmed_as = :new_id
WHERE id = :id AND rearmed_as IS NULL AND claimed_at IS NULL
    AND (cancelled_at IS NOT NULL OR locked_at IS NOT NULL OR expired_at IS NOT NULL
        OR expires_at <= :now)
RETURNING id;

-- name: link_expire
-- A claim under way may still finish.
UPDATE link SET expired_at = :now
WHERE id IN (SELECT id FROM link
    WHERE expires_at <= :now AND claimed_at IS NULL AND expired_at IS NULL AND locked_at IS NULL
        AND cancelled_at IS NULL AND rearmed_as IS NULL
        AND (claim_lease_until IS NULL OR claim_lease_until <= :now) LIMIT :most)
RETURNING id;

-- name: link_due_for_erase
SELECT * FROM link WHERE closed_at IS NULL AND window_ends_at <= :now
ORDER BY window_ends_at LIMIT :most;

-- name: link_close
UPDATE link SET closed_at = :now, pin_mac = NULL, claim_cookie_hash = NULL,
    window_ends_at = CASE WHEN window_ends_at > :now THEN :now ELSE window_ends_at END
WHERE id = :id AND closed_at IS NULL AND claimed_at IS NOT NULL;

-- name: link_list
SELECT * FROM link WHERE (created_at, id) < (:before_at, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: link_list_of_state
SELECT * FROM link WHERE state = :state AND (created_at, id) < (:before_at, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: link_counts
SELECT state, total FROM link_total;

-- name: link_list_of_user
-- One user never has many: a state is looked for among them.
SELECT * FROM link
WHERE lower(user_name) = lower(:user_name) AND (:state = '' OR state = :state)
    AND (created_at, id) < (:before_at, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :most;
