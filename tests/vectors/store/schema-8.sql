-- A state directory's database of schema version 8, as the releases with it made it.
PRAGMA journal_mode=WAL;
CREATE TABLE identity (
  key TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;
CREATE TABLE endpoints (
  endpoint TEXT PRIMARY KEY,
  handle TEXT NOT NULL,
  transport INTEGER NOT NULL,
  address TEXT NOT NULL,
  local TEXT NOT NULL,
  identity TEXT NOT NULL,
  version TEXT NOT NULL,
  lifetime INTEGER NOT NULL,
  binding TEXT NOT NULL,
  queue_mode INTEGER NOT NULL,
  sms_number TEXT,
  objects TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  ae_id TEXT NOT NULL,
  ae_resource_id TEXT NOT NULL,
  node_resource_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  tree TEXT NOT NULL,
  phase INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE observations (
  endpoint TEXT NOT NULL,
  token BLOB NOT NULL,
  path TEXT NOT NULL,
  accept INTEGER,
  PRIMARY KEY (endpoint, token)
) WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  container TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  kind INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  size INTEGER NOT NULL
);
CREATE INDEX outbox_by_endpoint ON outbox (endpoint, id);
CREATE TABLE messages (
  endpoint TEXT PRIMARY KEY,
  recent BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE refused (
  position INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  container TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  rsc INTEGER NOT NULL,
  reason TEXT NOT NULL,
  refused_at INTEGER NOT NULL
);
CREATE TABLE cursors (
  endpoint TEXT NOT NULL,
  container TEXT NOT NULL,
  creation_time TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  PRIMARY KEY (endpoint, container)
) WITHOUT ROWID;
CREATE TABLE commands (
  resource_id TEXT PRIMARY KEY,
  endpoint TEXT NOT NULL,
  container TEXT NOT NULL,
  content TEXT NOT NULL,
  resource_name TEXT NOT NULL,
  deadline INTEGER NOT NULL,
  started INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE credentials (
  mode INTEGER NOT NULL,
  identity TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY (mode, identity)
) WITHOUT ROWID;
CREATE TABLE firmware_updates (
  command TEXT PRIMARY KEY,
  step INTEGER NOT NULL,
  method INTEGER,
  downloads INTEGER NOT NULL,
  executes INTEGER NOT NULL,
  write_accepted INTEGER NOT NULL,
  result_before INTEGER,
  version_before TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER firmware_update_ends AFTER DELETE ON commands BEGIN
  DELETE FROM firmware_updates WHERE command = old.resource_id;
END;
ALTER TABLE endpoints ADD COLUMN security INTEGER NOT NULL DEFAULT 3;
ALTER TABLE endpoints ADD COLUMN other_names TEXT NOT NULL DEFAULT '';
ALTER TABLE observations ADD COLUMN maximum_period INTEGER;
ALTER TABLE outbox ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE endpoints ADD COLUMN gateway TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoints ADD COLUMN device TEXT NOT NULL DEFAULT '';
PRAGMA application_id=1768973617;
CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  configured TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO settings VALUES('registration.patience','"5s"','"20s"');
PRAGMA user_version=8;
INSERT INTO identity VALUES ('openings', 7), ('epoch', 1700000000), ('notify_secret', '0123456789abcdef0123456789abcdef');
INSERT INTO endpoints (endpoint, handle, transport, address, local, identity, version, lifetime,
  binding, queue_mode, sms_number, objects, seen_at, name, ae_id, ae_resource_id, node_resource_id,
  expires_at, tree, phase)
  VALUES ('urn:dev:ops:1', '5a3f', 0, '192.0.2.1:5683', '192.0.2.9:5683', '', '1.1', 86400, 'U', 0,
  NULL, '</3/0>,</3303/0>', 1700000000, 'ops-1', 'Cops-1', 'ri1', 'ri2', 1800000000, '</3/0>', 1);
INSERT INTO observations (endpoint, token, path, accept)
  VALUES ('urn:dev:ops:1', x'0001ff', '/3303/0', 11542);
INSERT INTO outbox (id, endpoint, container, name, body, kind, opened, size)
  VALUES (7696581394433, 'urn:dev:ops:1', '3303/0/5700', '006553f100-0000000001',
  '{"m2m:cin":{"rn":"006553f100-0000000001","con":"21.5"}}', 0, 7, 180);
INSERT INTO messages VALUES ('urn:dev:ops:1', x'08746f6b656e746f6b00010000000000000001');
INSERT INTO refused (endpoint, container, name, body, rsc, reason, refused_at)
  VALUES ('urn:dev:ops:1', '3/0/9', 'n', '{}', 4000, 'no', 1700000000);
INSERT INTO cursors VALUES ('urn:dev:ops:1', 'requests', '20260101T000000', 'ri9');
INSERT INTO commands VALUES ('ri10', 'urn:dev:ops:1', 'requests', '{"op":"read","path":"/3/0/9"}',
  'c1', 1700000300, 1);
INSERT INTO credentials VALUES (0, 'client-1', 'urn:dev:ops:1', x'00112233');
INSERT INTO firmware_updates VALUES ('ri10', 3, 1, 2, 1, 1, 8, '1.0');
UPDATE endpoints SET security = 2, other_names = 'gateway.example';
UPDATE observations SET maximum_period = 60;
UPDATE outbox SET form = 2;
UPDATE endpoints SET gateway = 'gw';
UPDATE endpoints SET device = 'box-7';
