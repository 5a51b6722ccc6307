-- The schema of version 1; later steps stand in journal/migrations.rs. It refuses a phase without its facts. No secret and no upload credential is ever stored.
CREATE TABLE transfer (
  id           TEXT PRIMARY KEY,            -- UUIDv7; also the ReferenceId in VOD
  position     INTEGER NOT NULL,            -- order in the queue
  account      TEXT NOT NULL,               -- name of a profile, never a secret
  kind         TEXT NOT NULL CHECK (kind IN ('video','audio','image','subtitle','watermark','material')),
  forced_kind  INTEGER NOT NULL CHECK (forced_kind IN (0, 1)),
  path         TEXT NOT NULL,
  about        TEXT NOT NULL CHECK (json_valid(about)),
  wait         TEXT NOT NULL CHECK (wait IN ('stored','playable')),
  parent       TEXT,                        -- may name a transfer that has left: no reference
  language     TEXT,
  pasted       INTEGER NOT NULL CHECK (pasted IN (0, 1)),
  force        INTEGER NOT NULL CHECK (force IN (0, 1)),
  same_as      TEXT,
  wish         TEXT NOT NULL CHECK (wish IN ('run','pause','cancel')),
  before       TEXT NOT NULL CHECK (before IN ('run','pause')),
  grace_ms     INTEGER,                     -- until then a cancel can be taken back
  phase        TEXT NOT NULL CHECK (phase IN ('found','planned','reserved','opened',
                                              'sent','sealed','verified','settled','discarded')),
  fault        TEXT CHECK (fault IS NULL OR json_valid(fault)),
  relapses     INTEGER NOT NULL CHECK (relapses >= 0),
  method       TEXT NOT NULL CHECK (method IN ('put','multipart')),
  size_bytes   INTEGER CHECK (size_bytes > 0),
  modified_ms  INTEGER,
  file_id      TEXT,                        -- decimal text: SQLite has no u64
  fingerprint  TEXT,
  extension    TEXT,
  part_bytes   INTEGER NOT NULL CHECK (part_bytes >= 0),
  asked        INTEGER NOT NULL CHECK (asked IN (0, 1)),
  generation   INTEGER NOT NULL CHECK (generation >= 0),
  media        TEXT,
  old_media    TEXT,
  url          TEXT,
  endpoint     TEXT, bucket TEXT, object TEXT,
  upload       TEXT,
  landed       INTEGER NOT NULL CHECK (landed IN (0, 1)),
  crc64        TEXT, object_crc64 TEXT,
  vod_status   TEXT, vod_ms INTEGER,
  sweep        INTEGER NOT NULL CHECK (sweep IN (0, 1)),
  shown        INTEGER NOT NULL CHECK (shown IN (0, 1)),
  owner        TEXT,                        -- the engine that works on it now
  took_ms      INTEGER NOT NULL,
  added_ms     INTEGER NOT NULL,
  since_ms     INTEGER NOT NULL,
  ended_ms     INTEGER,
  request_ids  TEXT NOT NULL CHECK (json_valid(request_ids)),
  CHECK (phase IN ('found','discarded') OR (size_bytes IS NOT NULL AND modified_ms IS NOT NULL AND part_bytes > 0)),
  CHECK (phase IN ('found','planned','discarded')
         OR ((media IS NOT NULL OR pasted = 1) AND endpoint IS NOT NULL AND bucket IS NOT NULL AND object IS NOT NULL)),
  CHECK (phase IN ('found','planned','reserved','discarded')
         OR upload IS NOT NULL OR method = 'put' OR landed = 1),
  CHECK (phase NOT IN ('sent','sealed') OR crc64 IS NOT NULL OR landed = 1),
  CHECK ((phase IN ('settled','discarded')) = (ended_ms IS NOT NULL)),
  CHECK (wish <> 'cancel' OR phase NOT IN ('sealed','verified','settled'))
) STRICT;

CREATE TABLE part (
  transfer     TEXT NOT NULL REFERENCES transfer(id) ON DELETE CASCADE,
  number       INTEGER NOT NULL CHECK (number BETWEEN 1 AND 10000),
  offset_bytes INTEGER NOT NULL CHECK (offset_bytes >= 0),
  length_bytes INTEGER NOT NULL CHECK (length_bytes > 0),
  etag         TEXT NOT NULL CHECK (etag <> ''),
  crc64        TEXT NOT NULL,
  PRIMARY KEY (transfer, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE line (                          -- the timeline of a transfer, append-only
  seq          INTEGER PRIMARY KEY,
  transfer     TEXT NOT NULL REFERENCES transfer(id) ON DELETE CASCADE,
  at_ms        INTEGER NOT NULL,
  what         TEXT NOT NULL,
  data         TEXT CHECK (data IS NULL OR json_valid(data))
) STRICT;

CREATE INDEX line_by_transfer ON line (transfer, seq);
CREATE INDEX history ON transfer (ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX same_file ON transfer (path, account);
CREATE INDEX same_content ON transfer (fingerprint) WHERE fingerprint IS NOT NULL;
