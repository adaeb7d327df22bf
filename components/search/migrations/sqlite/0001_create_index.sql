-- What can be found. Everything here can be built anew from the catalog, but for synonyms and the questions that found
-- nothing.

-- A product as it is shown, and what it is found by. One that is no longer for sale stays, unlisted, so that an older
-- version of it that comes late does not bring it back.
CREATE TABLE product (
    -- Names the row to the full-text index, which knows numbers only.
    product_number INTEGER NOT NULL CONSTRAINT product_key PRIMARY KEY,
    product_id TEXT NOT NULL CONSTRAINT product_id_key UNIQUE,
    version BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    category TEXT NOT NULL,
    -- What the list is sorted by when it is sorted by name.
    title_key TEXT NOT NULL,
    -- Of the cheapest variant, in minor units.
    price BIGINT NOT NULL,
    currency TEXT NOT NULL,
    document TEXT NOT NULL,
    -- Stems with blanks between them. They are made in code, so that both engines find the same.
    title_words TEXT NOT NULL,
    label_words TEXT NOT NULL,
    description_words TEXT NOT NULL
);

CREATE INDEX product_newest ON product (listed, product_number);
CREATE INDEX product_price ON product (listed, price, product_number);
CREATE INDEX product_title ON product (listed, title_key, product_number);

-- The full-text index of the columns above; it keeps no text of its own, and the triggers keep it true.
CREATE VIRTUAL TABLE product_text USING fts5 (
    title_words, label_words, description_words,
    content = 'product', content_rowid = 'product_number', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 0'
);

CREATE TRIGGER product_added AFTER INSERT ON product
BEGIN
    INSERT INTO product_text (rowid, title_words, label_words, description_words)
    VALUES (NEW.product_number, NEW.title_words, NEW.label_words, NEW.description_words);
END;

CREATE TRIGGER product_changed AFTER UPDATE ON product
BEGIN
    INSERT INTO product_text (product_text, rowid, title_words, label_words, description_words)
    VALUES ('delete', OLD.product_number, OLD.title_words, OLD.label_words, OLD.description_words);
    INSERT INTO product_text (rowid, title_words, label_words, description_words)
    VALUES (NEW.product_number, NEW.title_words, NEW.label_words, NEW.description_words);
END;

CREATE TRIGGER product_removed AFTER DELETE ON product
BEGIN
    INSERT INTO product_text (product_text, rowid, title_words, label_words, description_words)
    VALUES ('delete', OLD.product_number, OLD.title_words, OLD.label_words, OLD.description_words);
END;

-- What was last heard of stock. It only decides what is left out of a list; what is shown, the till is asked for.
CREATE TABLE stock (
    sku TEXT NOT NULL CONSTRAINT stock_key PRIMARY KEY,
    product_id TEXT NOT NULL,
    available BIGINT NOT NULL
);

CREATE INDEX stock_product ON stock (product_id, available);

-- Every word that has been in some product, as it is written, and its stem.
CREATE TABLE word (
    word TEXT NOT NULL CONSTRAINT word_key PRIMARY KEY,
    stem TEXT NOT NULL
);

CREATE INDEX word_stem ON word (stem);

-- Each word under all that it becomes when one letter is left out: two words that differ by one slip meet here.
CREATE TABLE misspelling (
    spelling TEXT NOT NULL,
    word TEXT NOT NULL,
    CONSTRAINT misspelling_key PRIMARY KEY (spelling, word)
);

-- What staff say is meant by a word as well; JSON, because the list is only ever read whole.
CREATE TABLE synonym (
    word TEXT NOT NULL CONSTRAINT synonym_key PRIMARY KEY,
    stem TEXT NOT NULL,
    synonyms TEXT NOT NULL
);

CREATE INDEX synonym_stem ON synonym (stem);

-- Questions that found nothing: what shoppers want and do not get.
CREATE TABLE zero_result (
    query TEXT NOT NULL CONSTRAINT zero_result_key PRIMARY KEY,
    times BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

-- All categories in one row, as the catalog last told of them.
CREATE TABLE category_tree (
    category_tree_id BIGINT NOT NULL CONSTRAINT category_tree_key PRIMARY KEY
        CONSTRAINT category_tree_is_one CHECK (category_tree_id = 1),
    version BIGINT NOT NULL,
    items TEXT NOT NULL
);

INSERT INTO category_tree (category_tree_id, version, items) VALUES (1, 0, '[]');
