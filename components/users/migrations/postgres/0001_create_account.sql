-- People with an account. The same as for SQLite, where the comments say why.

CREATE TABLE account (
    user_id TEXT NOT NULL CONSTRAINT account_key PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    email_verified_at BIGINT,
    password_hash TEXT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    role TEXT NOT NULL CONSTRAINT account_role_known CHECK (role IN ('customer', 'staff', 'admin')),
    preferences TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    totp_secret TEXT,
    totp_confirmed_at BIGINT,
    totp_step BIGINT NOT NULL,
    recovery_codes TEXT NOT NULL,
    external_issuer TEXT,
    external_subject TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX account_email_key_key ON account (email_key) WHERE email_verified_at IS NOT NULL;
CREATE INDEX account_email ON account (email_key, user_id);
CREATE UNIQUE INDEX account_external_subject_key ON account (external_issuer, external_subject);

CREATE TABLE session (
    session_id TEXT NOT NULL CONSTRAINT session_key PRIMARY KEY,
    user_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
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
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX address_user ON address (user_id, address_id);

CREATE TABLE message (
    message_id TEXT NOT NULL CONSTRAINT message_key PRIMARY KEY,
    user_id TEXT,
    epoch BIGINT NOT NULL,
    template TEXT NOT NULL,
    email TEXT,
    created_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    sent_at BIGINT
);

CREATE INDEX message_user ON message (user_id);
CREATE INDEX message_waiting ON message (next_at) WHERE sent_at IS NULL;
CREATE INDEX message_created ON message (created_at);

CREATE TABLE throttle (
    throttle_id TEXT NOT NULL CONSTRAINT throttle_key PRIMARY KEY,
    window_start BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    tries_before BIGINT NOT NULL
);

CREATE INDEX throttle_window ON throttle (window_start);

CREATE TABLE known_place (
    known_place_id TEXT NOT NULL CONSTRAINT known_place_key PRIMARY KEY,
    seen_at BIGINT NOT NULL
);

CREATE INDEX known_place_seen ON known_place (seen_at);

CREATE TABLE external_login (
    external_login_id TEXT NOT NULL CONSTRAINT external_login_key PRIMARY KEY,
    login_hash TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    user_id TEXT,
    created_at BIGINT NOT NULL
);

CREATE INDEX external_login_created ON external_login (created_at);

CREATE TABLE oidc_document (
    url TEXT NOT NULL CONSTRAINT oidc_document_key PRIMARY KEY,
    body TEXT NOT NULL,
    read_at BIGINT NOT NULL
);

CREATE FUNCTION account_gone() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM session WHERE user_id = OLD.user_id;
    DELETE FROM address WHERE user_id = OLD.user_id;
    DELETE FROM message WHERE user_id = OLD.user_id;
    DELETE FROM external_login WHERE user_id = OLD.user_id;
    RETURN NULL;
END $$;

CREATE TRIGGER account_deleted AFTER DELETE ON account FOR EACH ROW EXECUTE FUNCTION account_gone();
