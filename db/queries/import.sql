-- name: import_create
INSERT INTO import (id, created_at, created_by, address, file_name, total, faults, position, line,
    erase_at)
VALUES (:id, :created_at, :created_by, :address, :file_name, :total, :faults, :position, :line,
    :erase_at);

-- name: import_put_file
INSERT INTO import_file (import_id, file, report) VALUES (:import_id, :file, :report);

-- name: import_get
SELECT * FROM import WHERE id = :id;

-- name: import_get_file
SELECT file, report FROM import_file WHERE import_id = :import_id;

-- name: import_first_running
SELECT * FROM import
WHERE created_at >= 0 AND faults = 0 AND stopped_at IS NULL AND finished_at IS NULL
ORDER BY created_at, id LIMIT 1;

-- name: import_advance
-- Only from where the caller saw it, so that no row is made twice.
UPDATE import SET made = made + :count, position = :position, line = :line
WHERE id = :id AND made = :before AND stopped_at IS NULL AND finished_at IS NULL AND faults = 0
RETURNING made;

-- name: import_put_result
INSERT INTO import_result (import_id, first_row, sealed) VALUES (:import_id, :first_row, :sealed);

-- name: import_next_result
SELECT first_row, sealed FROM import_result WHERE import_id = :import_id AND first_row > :after
ORDER BY first_row LIMIT 1;

-- name: import_finish
UPDATE import SET finished_at = :now, erase_at = :erase_at
WHERE id = :id AND made = total AND faults = 0 AND finished_at IS NULL
RETURNING id;

-- name: import_stop
UPDATE import SET stopped_at = :now, stopped_why = :why, erase_at = :erase_at
WHERE id = :id AND faults = 0 AND stopped_at IS NULL AND finished_at IS NULL
RETURNING id;

-- name: import_stop_all
UPDATE import SET stopped_at = :now, stopped_why = :why, erase_at = :erase_at
WHERE created_at >= 0 AND faults = 0 AND stopped_at IS NULL AND finished_at IS NULL;

-- name: import_resume
UPDATE import SET stopped_at = NULL, stopped_why = '', erase_at = NULL
WHERE id = :id AND stopped_at IS NOT NULL AND erased_at IS NULL
RETURNING id;

-- name: import_note_fetched
UPDATE import SET fetched_at = COALESCE(fetched_at, :now),
    erase_at = CASE WHEN erase_at < :erase_at THEN erase_at ELSE :erase_at END
WHERE id = :id AND (finished_at IS NOT NULL OR stopped_at IS NOT NULL) AND erased_at IS NULL
RETURNING id;

-- name: import_due
SELECT id FROM import WHERE erased_at IS NULL AND erase_at <= :now ORDER BY erase_at LIMIT 1;

-- name: import_erase
UPDATE import SET erased_at = :now WHERE id = :id AND erased_at IS NULL AND erase_at IS NOT NULL
RETURNING id;

-- name: import_erase_file
DELETE FROM import_file WHERE import_id = :id;

-- name: import_erase_result
DELETE FROM import_result WHERE import_id = :id;

-- name: import_list
SELECT * FROM import WHERE (created_at, id) < (:before_at, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :most;
