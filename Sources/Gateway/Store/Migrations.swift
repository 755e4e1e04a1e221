/// The steps that make an empty database today's. Numbered, forward only, never changed once
/// released: a database remembers which it has.
enum Migrations {
  /// One step.
  struct Migration {
    /// Its number, from 1 without gaps.
    let version: Int64
    /// What it does, in a few words.
    let name: String
    /// Its statements.
    let sql: String
  }

  /// All steps in order.
  static let all = [
    Migration(version: 1, name: "inbound", sql: inbound),
    Migration(version: 2, name: "outbound", sql: outbound),
    Migration(version: 3, name: "purposes", sql: purposes),
  ]

  /// The version a database has after all steps.
  static var newest: Int64 { all.last?.version ?? 0 }

  /// Remembers which steps were done.
  static let bookkeeping = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
      version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)
    """

  /// Identifiers are sixteen-byte blobs, times milliseconds since 1970, JSON is text.
  ///
  /// SQLite: tables of small rows are WITHOUT ROWID, one tree instead of two. Rows above some
  /// 1,000 bytes spill out of such a tree's pages, so receipts and messages keep their rowid.
  private static let inbound = """
    CREATE TABLE tenants (
      id BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
      event_sequence INTEGER NOT NULL DEFAULT 0);

    CREATE TABLE api_keys (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL,
      hash BLOB NOT NULL UNIQUE, created_at INTEGER NOT NULL, revoked_at INTEGER);
    CREATE INDEX api_keys_by_tenant ON api_keys (tenant_id, id);

    CREATE TABLE channels (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, provider TEXT NOT NULL, name TEXT NOT NULL,
      address TEXT, public_url TEXT, verification TEXT NOT NULL, state TEXT NOT NULL,
      settings_sealed BLOB NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
      UNIQUE (tenant_id, name));

    CREATE TABLE clients (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, display_name TEXT,
      created_at INTEGER NOT NULL, deleted_at INTEGER) WITHOUT ROWID;

    CREATE TABLE contacts (
      id BLOB NOT NULL UNIQUE, tenant_id BLOB NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL,
      raw TEXT NOT NULL, client_id BLOB NOT NULL, source TEXT NOT NULL,
      first_seen_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, type, value)) WITHOUT ROWID;
    CREATE INDEX contacts_by_client ON contacts (client_id);

    CREATE TABLE opt_outs (
      contact_id BLOB NOT NULL, transport TEXT NOT NULL, state TEXT NOT NULL,
      source TEXT NOT NULL, changed_at INTEGER NOT NULL, receipt_id BLOB,
      PRIMARY KEY (contact_id, transport)) WITHOUT ROWID;

    CREATE TABLE chats (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, kind TEXT NOT NULL, client_id BLOB UNIQUE,
      title TEXT, created_at INTEGER NOT NULL, last_message_at INTEGER,
      unread_count INTEGER NOT NULL DEFAULT 0, message_count INTEGER NOT NULL DEFAULT 0,
      event_sequence INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX chats_by_activity ON chats (tenant_id, last_message_at, id);

    CREATE TABLE conversations (
      channel_id BLOB NOT NULL, key TEXT NOT NULL, chat_id BLOB NOT NULL,
      PRIMARY KEY (channel_id, key)) WITHOUT ROWID;

    CREATE TABLE members (
      chat_id BLOB NOT NULL, kind TEXT NOT NULL, participant BLOB NOT NULL,
      transport TEXT NOT NULL, id BLOB NOT NULL, display_name TEXT, joined_at INTEGER NOT NULL,
      left_at INTEGER, PRIMARY KEY (chat_id, kind, participant, transport)) WITHOUT ROWID;

    CREATE TABLE messages (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, chat_id BLOB NOT NULL,
      position INTEGER NOT NULL, channel_id BLOB NOT NULL, provider TEXT NOT NULL,
      transport TEXT NOT NULL, direction TEXT NOT NULL, kind TEXT NOT NULL, member_id BLOB,
      sender TEXT NOT NULL, text TEXT, location TEXT, details TEXT, reply_to BLOB,
      provider_message_id TEXT NOT NULL, status TEXT NOT NULL, error TEXT,
      created_at INTEGER NOT NULL, occurred_at INTEGER, sent_at INTEGER, delivered_at INTEGER,
      read_at INTEGER, deleted_at INTEGER, receipt_id BLOB,
      attachment_count INTEGER NOT NULL DEFAULT 0, extra_count INTEGER NOT NULL DEFAULT 0);
    CREATE UNIQUE INDEX messages_by_chat ON messages (chat_id, position);

    CREATE TABLE attachments (
      id BLOB NOT NULL, message_id BLOB NOT NULL, ordinal INTEGER NOT NULL, kind TEXT NOT NULL,
      content_type TEXT, file_name TEXT, size INTEGER, state TEXT NOT NULL, source TEXT NOT NULL,
      provider_id TEXT, details TEXT, PRIMARY KEY (message_id, ordinal)) WITHOUT ROWID;

    CREATE TABLE message_versions (
      message_id BLOB NOT NULL, version TEXT NOT NULL, content TEXT NOT NULL,
      edited_at INTEGER NOT NULL, receipt_id BLOB, PRIMARY KEY (message_id, version))
      WITHOUT ROWID;

    CREATE TABLE reactions (
      message_id BLOB NOT NULL, person TEXT NOT NULL, emojis TEXT NOT NULL,
      changed_at INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (message_id, person))
      WITHOUT ROWID;

    CREATE TABLE calls (
      message_id BLOB PRIMARY KEY, state TEXT NOT NULL, duration_seconds INTEGER,
      started_at INTEGER, ended_at INTEGER, details TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE provider_events (
      channel_id BLOB NOT NULL, key TEXT NOT NULL, receipt_id BLOB NOT NULL, message_id BLOB,
      PRIMARY KEY (channel_id, key)) WITHOUT ROWID;

    CREATE TABLE parked_reports (
      channel_id BLOB NOT NULL, provider_message_id TEXT NOT NULL, key TEXT NOT NULL,
      kind TEXT NOT NULL, payload TEXT NOT NULL, occurred_at INTEGER NOT NULL,
      receipt_id BLOB NOT NULL, PRIMARY KEY (channel_id, provider_message_id, key))
      WITHOUT ROWID;

    CREATE TABLE status_reports (
      message_id BLOB NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL, error TEXT,
      occurred_at INTEGER NOT NULL, receipt_id BLOB NOT NULL, PRIMARY KEY (message_id, key))
      WITHOUT ROWID;

    CREATE TABLE receipts (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, channel_id BLOB NOT NULL,
      state TEXT NOT NULL, reason TEXT, verified_by TEXT, items TEXT NOT NULL,
      attempts INTEGER NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL,
      headers TEXT NOT NULL, body BLOB NOT NULL, remote_address TEXT NOT NULL,
      received_at INTEGER NOT NULL);
    CREATE INDEX receipts_by_tenant ON receipts (tenant_id, id);
    CREATE INDEX receipts_to_look_at ON receipts (tenant_id, state, id)
      WHERE state NOT IN ('processed', 'duplicate', 'ignored');
    CREATE INDEX receipts_quarantined ON receipts (channel_id, received_at)
      WHERE state = 'quarantined';

    CREATE TABLE events (
      tenant_id BLOB NOT NULL, sequence INTEGER NOT NULL, id BLOB NOT NULL, type TEXT NOT NULL,
      chat_id BLOB, chat_sequence INTEGER, created_at INTEGER NOT NULL, data TEXT NOT NULL,
      subject_id BLOB, receipt_id BLOB, PRIMARY KEY (tenant_id, sequence)) WITHOUT ROWID;
    CREATE INDEX events_by_subject ON events (subject_id);
    """

  /// What is caused by us has no receipt: two tables of version 1 demanded one. It did not note
  /// when people wrote last, nor fetch files: both are caught up on.
  ///
  /// `deliveries`: the first of a message has the message's own number. `lane_at` is its place in
  /// the line for its recipient, NULL once it has left it; `due_at` is set for the first of a line
  /// only, while nothing is under way for it: the dispatcher reads that index and nothing else, so
  /// a million waiting behind others cost it nothing. `deadline_at` is when an active one expires,
  /// and when an accepted one without a final status is asked about.
  private static let outbound = """
    ALTER TABLE channels ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
    ALTER TABLE chats ADD COLUMN last_inbound_at INTEGER;
    ALTER TABLE chats ADD COLUMN last_inbound_channel_id BLOB;
    UPDATE chats SET (last_inbound_at, last_inbound_channel_id) = (
      SELECT COALESCE(occurred_at, created_at), channel_id FROM messages
      WHERE chat_id = chats.id AND direction = 'inbound' ORDER BY position DESC LIMIT 1);
    ALTER TABLE conversations ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX conversations_by_chat ON conversations (chat_id);
    ALTER TABLE messages ADD COLUMN content TEXT;
    ALTER TABLE messages ADD COLUMN metadata TEXT;
    ALTER TABLE attachments ADD COLUMN sha256 BLOB;
    CREATE INDEX attachments_by_id ON attachments (id);

    ALTER TABLE provider_events RENAME TO provider_events_1;
    CREATE TABLE provider_events (
      channel_id BLOB NOT NULL, key TEXT NOT NULL, receipt_id BLOB, message_id BLOB,
      PRIMARY KEY (channel_id, key)) WITHOUT ROWID;
    INSERT INTO provider_events SELECT channel_id, key, receipt_id, message_id
      FROM provider_events_1;
    DROP TABLE provider_events_1;

    ALTER TABLE status_reports RENAME TO status_reports_1;
    CREATE TABLE status_reports (
      message_id BLOB NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL, error TEXT,
      occurred_at INTEGER NOT NULL, receipt_id BLOB, provider_message_id TEXT,
      PRIMARY KEY (message_id, key)) WITHOUT ROWID;
    INSERT INTO status_reports SELECT message_id, key, status, error, occurred_at, receipt_id, NULL
      FROM status_reports_1;
    DROP TABLE status_reports_1;

    CREATE TABLE deliveries (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, message_id BLOB NOT NULL,
      ordinal INTEGER NOT NULL, channel_id BLOB NOT NULL, transport TEXT NOT NULL,
      recipient TEXT NOT NULL, contact_id BLOB, priority INTEGER NOT NULL, state TEXT NOT NULL,
      error TEXT, note TEXT, part_count INTEGER NOT NULL, part_next INTEGER NOT NULL DEFAULT 0,
      series INTEGER NOT NULL DEFAULT 1, tries INTEGER NOT NULL DEFAULT 0,
      attempt_count INTEGER NOT NULL DEFAULT 0, lease INTEGER NOT NULL DEFAULT 0,
      lane_at INTEGER, due_at INTEGER, retry_at INTEGER, started_at INTEGER, tried_at INTEGER,
      gave_way_at INTEGER, expires_at INTEGER NOT NULL, deadline_at INTEGER, fallback TEXT,
      replay_id BLOB, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX deliveries_further ON deliveries (message_id, ordinal) WHERE ordinal > 0;
    CREATE INDEX deliveries_lane ON deliveries (channel_id, recipient, lane_at, id)
      WHERE lane_at IS NOT NULL;
    CREATE INDEX deliveries_due ON deliveries (channel_id, priority, due_at)
      WHERE due_at IS NOT NULL;
    CREATE INDEX deliveries_deadline ON deliveries (deadline_at) WHERE deadline_at IS NOT NULL;
    CREATE INDEX deliveries_under_way ON deliveries (channel_id) WHERE state = 'sending';
    CREATE INDEX deliveries_to_look_at ON deliveries (tenant_id, state, id)
      WHERE state IN ('failed', 'undeliverable', 'expired', 'canceled', 'blocked', 'unknown');

    CREATE TABLE delivery_parts (
      delivery_id BLOB NOT NULL, ordinal INTEGER NOT NULL, payload TEXT NOT NULL,
      provider_message_id TEXT, status TEXT NOT NULL, error TEXT, sent_at INTEGER,
      delivered_at INTEGER, read_at INTEGER, PRIMARY KEY (delivery_id, ordinal)) WITHOUT ROWID;

    CREATE TABLE attempts (
      delivery_id BLOB NOT NULL, number INTEGER NOT NULL, id BLOB NOT NULL,
      tenant_id BLOB NOT NULL, series INTEGER NOT NULL, part INTEGER NOT NULL,
      started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, outcome TEXT NOT NULL, error TEXT,
      note TEXT, exchanges TEXT NOT NULL, PRIMARY KEY (delivery_id, number));

    CREATE TABLE channel_states (
      channel_id BLOB PRIMARY KEY, not_before INTEGER, breaker TEXT NOT NULL,
      failures INTEGER NOT NULL, opened_at INTEGER, reason TEXT) WITHOUT ROWID;

    CREATE TABLE idempotency_keys (
      tenant_id BLOB NOT NULL, key TEXT NOT NULL, request_hash BLOB NOT NULL,
      status INTEGER NOT NULL, response BLOB NOT NULL, created_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, key));
    CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

    CREATE TABLE templates (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
      created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (tenant_id, name));

    CREATE TABLE files (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, sha256 BLOB NOT NULL, content_type TEXT,
      file_name TEXT, size INTEGER NOT NULL, created_at INTEGER NOT NULL);

    CREATE TABLE media_jobs (
      attachment_id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, channel_id BLOB NOT NULL,
      message_id BLOB NOT NULL, ordinal INTEGER NOT NULL, due_at INTEGER NOT NULL,
      tries INTEGER NOT NULL DEFAULT 0, give_up_at INTEGER NOT NULL, reason TEXT) WITHOUT ROWID;
    CREATE INDEX media_jobs_due ON media_jobs (due_at);
    INSERT INTO media_jobs (attachment_id, tenant_id, channel_id, message_id, ordinal, due_at,
      give_up_at)
    SELECT a.id, m.tenant_id, m.channel_id, a.message_id, a.ordinal, m.created_at,
      m.created_at + 604800000
    FROM attachments a JOIN messages m ON m.id = a.message_id
    WHERE a.state = 'pending' AND m.provider IN ('telegram', 'twilio')
    ON CONFLICT DO NOTHING;

    CREATE TABLE replays (
      id BLOB PRIMARY KEY, tenant_id BLOB NOT NULL, state TEXT NOT NULL, filter TEXT NOT NULL,
      rate_per_second REAL NOT NULL, total INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0,
      skipped INTEGER NOT NULL DEFAULT 0, cursor BLOB, created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL, finished_at INTEGER);
    CREATE INDEX replays_by_tenant ON replays (tenant_id, id);
    """

  /// Wishes and pauses may hold for advertisements only; contacts keep what they were before;
  /// providers keep templates and files for us.
  ///
  /// `opt_outs.purpose`: `any`, or the one purpose the wish is about. `contact_history` has what a
  /// contact was before it changed: it identifies nobody any more. `progress_marks` says up to when
  /// a recipient has what we sent. `marketing_pauses.recipient` is empty for all of a channel.
  private static let purposes = """
    ALTER TABLE opt_outs RENAME TO opt_outs_2;
    CREATE TABLE opt_outs (
      contact_id BLOB NOT NULL, transport TEXT NOT NULL, purpose TEXT NOT NULL DEFAULT 'any',
      state TEXT NOT NULL, source TEXT NOT NULL, changed_at INTEGER NOT NULL, receipt_id BLOB,
      PRIMARY KEY (contact_id, transport, purpose)) WITHOUT ROWID;
    INSERT INTO opt_outs (contact_id, transport, purpose, state, source, changed_at, receipt_id)
      SELECT contact_id, transport, 'any', state, source, changed_at, receipt_id FROM opt_outs_2;
    DROP TABLE opt_outs_2;

    ALTER TABLE deliveries ADD COLUMN purpose TEXT NOT NULL DEFAULT 'service';

    CREATE TABLE contact_history (
      contact_id BLOB NOT NULL, ended_at INTEGER NOT NULL, tenant_id BLOB NOT NULL,
      client_id BLOB NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, raw TEXT NOT NULL,
      source TEXT NOT NULL, first_seen_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL,
      receipt_id BLOB, PRIMARY KEY (contact_id, ended_at, value)) WITHOUT ROWID;
    CREATE INDEX contact_history_by_client ON contact_history (client_id);

    CREATE TABLE progress_marks (
      channel_id BLOB NOT NULL, recipient TEXT NOT NULL, status TEXT NOT NULL,
      up_to INTEGER NOT NULL, receipt_id BLOB, PRIMARY KEY (channel_id, recipient, status))
      WITHOUT ROWID;

    CREATE TABLE marketing_pauses (
      channel_id BLOB NOT NULL, recipient TEXT NOT NULL, until INTEGER NOT NULL, reason TEXT,
      PRIMARY KEY (channel_id, recipient)) WITHOUT ROWID;

    CREATE TABLE provider_templates (
      tenant_id BLOB NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
      language TEXT NOT NULL, provider_id TEXT, category TEXT, status TEXT NOT NULL, reason TEXT,
      quality TEXT, components TEXT NOT NULL, updated_at INTEGER NOT NULL,
      PRIMARY KEY (tenant_id, provider, account, name, language));

    CREATE TABLE template_syncs (
      tenant_id BLOB NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL,
      due_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, synced_at INTEGER, reason TEXT,
      PRIMARY KEY (tenant_id, provider, account)) WITHOUT ROWID;

    CREATE TABLE uploads (
      channel_id BLOB NOT NULL, sha256 BLOB NOT NULL, content_type TEXT NOT NULL,
      provider_id TEXT NOT NULL, expires_at INTEGER NOT NULL,
      PRIMARY KEY (channel_id, sha256, content_type)) WITHOUT ROWID;
    CREATE INDEX uploads_by_age ON uploads (expires_at);
    """
}
