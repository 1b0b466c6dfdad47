-- name: search_add
INSERT INTO search_word (kind, object_id, word, created_at)
VALUES (:kind, :object_id, :word, :created_at)
ON CONFLICT (kind, object_id, word) DO NOTHING;

-- name: search_first_word
-- The first of an object's words in the range: where a page that ends with the object has come to.
SELECT word, created_at FROM search_word
WHERE kind = :kind AND object_id = :object_id AND word >= :low AND word < :high
ORDER BY word LIMIT 1;

-- name: search_same_word
-- Objects behind a position, under one word. An object with several words in the range is found
-- under the first of them only.
SELECT object_id, created_at FROM search_word AS hit
WHERE kind = :kind AND word = :word AND (created_at, object_id) < (:before_at, :before_id)
    AND NOT EXISTS (SELECT 1 FROM search_word AS earlier
        WHERE earlier.kind = hit.kind AND earlier.object_id = hit.object_id
            AND earlier.word >= :low AND earlier.word < hit.word)
ORDER BY created_at DESC, object_id DESC LIMIT :most;

-- name: search_next_word
-- The word that follows in the range.
SELECT word FROM search_word
WHERE kind = :kind AND word > :word AND word < :high
ORDER BY word LIMIT 1;

-- name: search_remove
DELETE FROM search_word WHERE kind = :kind AND object_id = :object_id;
