-- name: bundle_put
INSERT INTO bundle (link_id, ticket_hash, packing, file_sealed, page_sealed, repack_sealed, etag,
    size, created_at)
VALUES (:link_id, :ticket_hash, :packing, :file_sealed, :page_sealed, :repack_sealed, :etag, :size,
    :created_at);

-- name: bundle_get
SELECT * FROM bundle WHERE link_id = :link_id;

-- name: bundle_find
SELECT * FROM bundle WHERE ticket_hash = :ticket_hash;

-- name: bundle_repack
UPDATE bundle SET packing = :packing, file_sealed = :file_sealed, etag = :etag, size = :size
WHERE link_id = :link_id AND erased_at IS NULL;

-- name: bundle_erase
UPDATE bundle SET file_sealed = NULL, page_sealed = NULL, repack_sealed = NULL, erased_at = :now
WHERE link_id = :link_id AND erased_at IS NULL;
