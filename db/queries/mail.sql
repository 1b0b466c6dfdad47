-- name: mail_add
INSERT INTO mail (id, kind, recipient, language, message_id, link_id, serial, created_at,
    created_by, give_up_at, keep_until, next_at, sealed)
VALUES (:id, :kind, :recipient, :language, :message_id, :link_id, :serial, :created_at,
    :created_by, :give_up_at, :keep_until, :created_at, :sealed);

-- name: mail_get
SELECT id, kind, recipient, language, message_id, link_id, serial, created_at, created_by,
    give_up_at, keep_until, state, next_at, tries, lease_until, ending_at, error, done_at,
    sealed IS NOT NULL AS kept
FROM mail WHERE id = :id;

-- name: mail_get_sealed
SELECT sealed FROM mail WHERE id = :id AND sealed IS NOT NULL;

-- name: mail_due
-- The one that is to be tried next.
SELECT id, next_at FROM mail WHERE next_at IS NOT NULL ORDER BY next_at LIMIT 1;

-- name: mail_begin
UPDATE mail SET state = 'sending', next_at = NULL, tries = tries + 1, lease_until = :lease_until,
    ending_at = NULL
WHERE id = :id AND state = 'queued' AND next_at <= :now;

-- name: mail_note_ending
UPDATE mail SET ending_at = :now
WHERE id = :id AND tries = :tries AND state = 'sending' AND lease_until > :now;

-- name: mail_finish
-- An answer that comes after the lease still says what became of the mail; one that is given up is
-- queued.
UPDATE mail SET state = :state, done_at = :now, next_at = NULL, lease_until = NULL, error = :error,
    sealed = CASE WHEN :state = 'sent' THEN NULL ELSE sealed END
WHERE id = :id AND tries = :tries AND state IN ('queued', 'sending', 'unsure');

-- name: mail_again
UPDATE mail SET state = 'queued', next_at = :next_at, lease_until = NULL, ending_at = NULL,
    error = :error
WHERE id = :id AND tries = :tries AND state = 'sending';

-- name: mail_too_old
-- What waits and is not to be sent any more.
SELECT id, tries, error FROM mail
WHERE next_at IS NOT NULL AND next_at <= :now AND give_up_at <= :now ORDER BY next_at LIMIT :most;

-- name: mail_rebase_tries
UPDATE mail SET next_at = :now WHERE next_at > :latest;

-- name: mail_rebase_leases
UPDATE mail SET lease_until = :now WHERE lease_until > :latest;

-- name: mail_overdue
SELECT id, tries, ending_at FROM mail WHERE lease_until <= :now
ORDER BY lease_until LIMIT :most;

-- name: mail_retry
UPDATE mail SET state = 'queued', next_at = :now, done_at = NULL, ending_at = NULL,
    give_up_at = :give_up_at
WHERE id = :id AND state IN ('queued', 'failed', 'unsure') AND sealed IS NOT NULL
    AND keep_until > :now;

-- name: mail_cancel
UPDATE mail SET state = 'cancelled', next_at = NULL, done_at = :now, sealed = NULL, error = :error
WHERE id = :id AND state IN ('queued', 'failed', 'unsure');

-- name: mail_waiting_of_link
SELECT id FROM mail WHERE link_id = :link_id AND state = 'queued';

-- name: mail_newest_of_link
SELECT id, kind, recipient, language, message_id, link_id, serial, created_at, created_by,
    give_up_at, keep_until, state, next_at, tries, lease_until, ending_at, error, done_at,
    sealed IS NOT NULL AS kept
FROM mail WHERE link_id = :link_id ORDER BY rowid DESC LIMIT 1;

-- name: mail_settle_restored
-- Whoever made the backup has sent them, or has not: nobody here can know.
UPDATE mail SET state = 'unsure', done_at = :now, next_at = NULL, lease_until = NULL, error = :error
WHERE state IN ('queued', 'sending');

-- name: mail_erase_old
UPDATE mail SET sealed = NULL
WHERE sealed IS NOT NULL AND done_at IS NOT NULL AND keep_until <= :now;

-- name: mail_list
SELECT id, kind, recipient, language, message_id, link_id, serial, created_at, created_by,
    give_up_at, keep_until, state, next_at, tries, lease_until, ending_at, error, done_at,
    sealed IS NOT NULL AS kept
FROM mail WHERE (created_at, id) < (:before_at, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: mail_list_of_state
SELECT id, kind, recipient, language, message_id, link_id, serial, created_at, created_by,
    give_up_at, keep_until, state, next_at, tries, lease_until, ending_at, error, done_at,
    sealed IS NOT NULL AS kept
FROM mail WHERE state = :state AND (created_at, id) < (:before_at, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :most;

-- name: mail_counts
SELECT state, total FROM mail_total;
