-- What the shop has written to people, and what they asked for. The same as for SQLite.

-- A message. Who writes one for an event that came twice finds it written: the constraint decides, not a look before.
CREATE TABLE message (
    -- A UUIDv7, so that the order of ids is that of writing: the order of lists.
    message_id TEXT NOT NULL CONSTRAINT message_key PRIMARY KEY,
    -- What it was written for: `event:<id>`, or `message:<key>` and `promotion:<key>` of whoever asked for it.
    source TEXT NOT NULL,
    template TEXT NOT NULL,
    channel TEXT NOT NULL CONSTRAINT message_channel_known CHECK (channel IN ('email', 'sms')),
    -- An address or a number.
    recipient TEXT NOT NULL,
    -- Whose account it is about; none for a guest's.
    user_id TEXT,
    locale TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- None once a message that holds a key to an account has left the shop.
    body_text TEXT,
    body_html TEXT,
    state TEXT NOT NULL CONSTRAINT message_state_known CHECK (state IN ('queued', 'sent', 'failed')),
    tries BIGINT NOT NULL,
    -- Whoever sends it moves this on first, so that nobody else does so meanwhile.
    next_try_at BIGINT NOT NULL,
    -- What the carrier calls it.
    reference TEXT,
    -- Why it was not sent the last time.
    reason TEXT,
    created_at BIGINT NOT NULL,
    -- When it was sent or given up.
    settled_at BIGINT,
    CONSTRAINT message_once UNIQUE (source, template, channel, recipient)
);

CREATE INDEX message_due ON message (next_try_at) WHERE state = 'queued';
CREATE INDEX message_user ON message (user_id, message_id);
CREATE INDEX message_recipient ON message (recipient, message_id);

-- Somebody wants to know when a sku can be bought again.
CREATE TABLE stock_request (
    sku TEXT NOT NULL,
    user_id TEXT NOT NULL,
    product TEXT NOT NULL,
    title TEXT NOT NULL,
    -- The event that told that it is back; the row goes once the message is written.
    event_id TEXT,
    created_at BIGINT NOT NULL,
    CONSTRAINT stock_request_key PRIMARY KEY (sku, user_id)
);

CREATE INDEX stock_request_user ON stock_request (user_id);
CREATE INDEX stock_request_due ON stock_request (created_at) WHERE event_id IS NOT NULL;

-- Addresses whose readers want no more offers, whatever their account says.
CREATE TABLE unsubscription (
    recipient TEXT NOT NULL CONSTRAINT unsubscription_key PRIMARY KEY,
    user_id TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX unsubscription_user ON unsubscription (user_id);
