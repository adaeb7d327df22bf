-- People with an account.

-- An account. What signing in looks at and changes stands in one row, so that one statement changes it whole.
CREATE TABLE account (
    user_id TEXT NOT NULL CONSTRAINT account_key PRIMARY KEY,
    -- As it was typed, and as it is compared.
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    -- Since when its owner has shown that the address is theirs.
    email_verified_at BIGINT,
    -- PHC string of argon2id; none for those who sign in by an external provider only.
    password_hash TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    role TEXT NOT NULL CONSTRAINT account_role_known CHECK (role IN ('customer', 'staff', 'admin')),
    -- JSON: what they want to hear of, and in which language.
    preferences TEXT NOT NULL,
    -- Grows whenever everything that was given out before is to end: sessions and tokens of messages name the epoch
    -- that they were made in.
    epoch BIGINT NOT NULL,
    -- The sealed secret of the authenticator; without effect until it was confirmed.
    totp_secret TEXT,
    totp_confirmed_at BIGINT,
    -- The last step whose code was used.
    totp_step BIGINT NOT NULL,
    -- JSON: hashes of the recovery codes that are left.
    recovery_codes TEXT NOT NULL,
    -- Who they are at the external provider.
    external_issuer TEXT,
    external_subject TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Several may name an address. One has shown that it is theirs.
CREATE UNIQUE INDEX account_email_key_key ON account (email_key) WHERE email_verified_at IS NOT NULL;
-- Ids are UUIDv7, so the latest of an address is the last.
CREATE INDEX account_email ON account (email_key, user_id);
CREATE UNIQUE INDEX account_external_subject_key ON account (external_issuer, external_subject);

-- A chain of refresh tokens, of which the last one works.
CREATE TABLE session (
    session_id TEXT NOT NULL CONSTRAINT session_key PRIMARY KEY,
    user_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    -- Hash of the secret in the token that works.
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE INDEX session_account ON session (user_id);
CREATE INDEX session_refreshed ON session (refreshed_at);

CREATE TABLE address (
    address_id TEXT NOT NULL CONSTRAINT address_key PRIMARY KEY,
    user_id TEXT NOT NULL,
    -- JSON, since it is only ever read and written whole.
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX address_user ON address (user_id, address_id);

-- A message about an account. The row is its own outbox: not sent means still to be sent. One for nobody is written
-- when somebody asks for an address that is not known here, so that asking takes the same time.
CREATE TABLE message (
    message_id TEXT NOT NULL CONSTRAINT message_key PRIMARY KEY,
    user_id TEXT,
    -- The account's, when it was written.
    epoch BIGINT NOT NULL,
    template TEXT NOT NULL,
    email TEXT,
    created_at BIGINT NOT NULL,
    -- Tries to send it, and when the next one is due.
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    sent_at BIGINT
);

CREATE INDEX message_user ON message (user_id);
CREATE INDEX message_waiting ON message (next_at) WHERE sent_at IS NULL;
CREATE INDEX message_created ON message (created_at);

-- Tries of one kind under one name, in the present window of time and in the one before.
CREATE TABLE throttle (
    throttle_id TEXT NOT NULL CONSTRAINT throttle_key PRIMARY KEY,
    window_start BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    tries_before BIGINT NOT NULL
);

CREATE INDEX throttle_window ON throttle (window_start);

-- Where somebody signed in before. The id is a mark of account and place that only the service can make.
CREATE TABLE known_place (
    known_place_id TEXT NOT NULL CONSTRAINT known_place_key PRIMARY KEY,
    seen_at BIGINT NOT NULL
);

CREATE INDEX known_place_seen ON known_place (seen_at);

-- Somebody on their way to the external provider and back.
CREATE TABLE external_login (
    -- Hash of what goes to the provider and comes back.
    external_login_id TEXT NOT NULL CONSTRAINT external_login_key PRIMARY KEY,
    -- Hash of what stays with whoever began.
    login_hash TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    -- Who it was, once the provider has said so and a second factor is still to come.
    user_id TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX external_login_created ON external_login (created_at);

-- What the external provider publishes about itself, as it was last read.
CREATE TABLE oidc_document (
    url TEXT NOT NULL CONSTRAINT oidc_document_key PRIMARY KEY,
    body TEXT NOT NULL,
    read_at BIGINT NOT NULL
);

-- Nothing of an account stays when it goes.
CREATE TRIGGER account_deleted AFTER DELETE ON account
BEGIN
    DELETE FROM session WHERE user_id = OLD.user_id;
    DELETE FROM address WHERE user_id = OLD.user_id;
    DELETE FROM message WHERE user_id = OLD.user_id;
    DELETE FROM external_login WHERE user_id = OLD.user_id;
END;
