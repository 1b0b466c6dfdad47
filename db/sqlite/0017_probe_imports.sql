-- What probes of other sites found out, as their certferry printed it. It is kept apart from what was asked here: nobody
-- here can say whether it is so.

CREATE TABLE probe_import (
    number         INTEGER PRIMARY KEY AUTOINCREMENT, -- goes up, is never given twice: the order of lists
    id             TEXT    NOT NULL UNIQUE, -- probe_import_store_create(), as what follows: how people here name it
    site           TEXT    NOT NULL, -- whose file it was: a name that was typed here
    probe          TEXT    NOT NULL, -- the probe's id there
    imported_at    INTEGER NOT NULL, -- seconds since 1970
    imported_by    TEXT    NOT NULL, -- the actor
    device         TEXT    NOT NULL, -- of the file, as the next one
    user_name      TEXT    NOT NULL,
    document       TEXT    NOT NULL, -- the file's JSON, once service/probe_document.h had read all of it
    UNIQUE (site, probe)
) STRICT;
CREATE INDEX probe_import_of_device ON probe_import (site, device, number);
CREATE INDEX probe_import_of_user ON probe_import (lower(user_name), number);
