-- Certificates whose bundles exist in the memory of one process only, until the handout that will show them is filled.
CREATE TABLE handout_certificate (
    serial     TEXT NOT NULL PRIMARY KEY REFERENCES certificate (serial), -- written with its completion
    handout_id TEXT NOT NULL REFERENCES handout (id) -- the row goes when this is filled or dropped, or when its
                                                     -- time is over: then the certificate is withdrawn
) STRICT, WITHOUT ROWID;
CREATE INDEX handout_certificate_by_handout ON handout_certificate (handout_id);
