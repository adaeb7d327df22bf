-- What shoppers keep for later: lines put aside, wishes, and reminders of carts that were left alone.

-- Lines that are put aside, as [{sku, quantity}]; none where there are none. Only read and written with their cart, and
-- never part of an order.
ALTER TABLE cart ADD COLUMN saved JSON;

-- The newest wish has the greatest id. The price is what a piece cost when it was added.
CREATE TABLE wish (
    wish_id  UUID PRIMARY KEY,
    user_id  UUID NOT NULL,
    sku      TEXT COLLATE "C" NOT NULL,
    price    BIGINT NOT NULL,
    currency TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    CONSTRAINT wish_once UNIQUE (user_id, sku)
);
CREATE INDEX wish_user ON wish (user_id, wish_id);

-- When to look whether a user's cart was left alone. Made when something is put in, and not touched by what happens to
-- the cart after that, least of all by an order: whoever looks sees how the cart is then.
CREATE TABLE cart_reminder (
    cart_id UUID PRIMARY KEY REFERENCES cart (cart_id) ON DELETE CASCADE,
    due_at  BIGINT NOT NULL
);
CREATE INDEX cart_reminder_due ON cart_reminder (due_at);
