-- Many links from one file, and what an operator's pages show once. Times and texts as in 0001.

CREATE TABLE import (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''), -- may be shown and logged
    created_at  INTEGER NOT NULL,
    created_by  TEXT    NOT NULL, -- the actor who gave the file, and who makes its links
    address     TEXT    NOT NULL, -- where the file came from; '' for the command line
    file_name   TEXT    NOT NULL, -- as the browser called it, for people to recognise it by
    total       INTEGER NOT NULL CHECK (total >= 0),  -- users in the file
    faults      INTEGER NOT NULL CHECK (faults >= 0), -- bad rows; with any nothing is made
    made        INTEGER NOT NULL DEFAULT 0 CHECK (made BETWEEN 0 AND total), -- import_store_advance()
    position    INTEGER NOT NULL, -- with it: the byte where the next row begins
    line        INTEGER NOT NULL, -- with it: the number of the next row's line
    stopped_at  INTEGER,          -- import_store_stop(); NULL again by import_store_resume()
    stopped_why TEXT    NOT NULL DEFAULT '', -- with it: what was wrong; '' when an operator stopped it
    finished_at INTEGER,          -- import_store_finish()
    fetched_at  INTEGER,          -- import_store_note_fetched(): the first time
    erase_at    INTEGER,          -- when file and result go; set when it ends, earlier once fetched
    erased_at   INTEGER,          -- import_store_erase(): file, report and result are gone
    CHECK (finished_at IS NULL OR (made = total AND faults = 0))
) STRICT;
CREATE INDEX import_newest ON import (created_at, id);
CREATE INDEX import_running ON import (created_at, id)
    WHERE faults = 0 AND stopped_at IS NULL AND finished_at IS NULL;
CREATE INDEX import_erasable ON import (erase_at) WHERE erased_at IS NULL AND erase_at IS NOT NULL;

-- The large parts of an import, apart so that lists do not read them.
CREATE TABLE import_file (
    import_id TEXT NOT NULL PRIMARY KEY REFERENCES import (id),
    file      BLOB,         -- the CSV; NULL when it has faults; the row goes by import_store_erase()
    report    TEXT NOT NULL -- every bad row as CSV; '' without
) STRICT, WITHOUT ROWID;

-- What a batch of an import gave: addresses and PINs, sealed under a key that is not here. Written in
-- the transaction that makes the links; the rows go by import_store_erase().
CREATE TABLE import_result (
    import_id TEXT    NOT NULL REFERENCES import (id),
    first_row INTEGER NOT NULL, -- import.made before the batch
    sealed    BLOB    NOT NULL,
    PRIMARY KEY (import_id, first_row)
) STRICT, WITHOUT ROWID;

-- What a page of an operator shows once: address and PIN of a new link, bundles and their passwords.
CREATE TABLE handout (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    form_hash  BLOB    NOT NULL UNIQUE CHECK (length(form_hash) = 32), -- SHA-256 of the form's one-time
                                                                       -- key: sent twice, done once
    created_at INTEGER NOT NULL,
    created_by TEXT    NOT NULL, -- the actor who sent the form
    object_id  TEXT    NOT NULL, -- link.id, or '' for bundles
    sealed     BLOB,             -- under a key from the operator's session; NULL once erased,
                                 -- and until handout_store_fill() where the act takes long
    expires_at INTEGER NOT NULL, -- erased then
    erased_at  INTEGER           -- handout_store_erase_due()
) STRICT;
CREATE INDEX handout_by_object ON handout (object_id) WHERE object_id <> '';
CREATE INDEX handout_erasable ON handout (expires_at) WHERE erased_at IS NULL;
