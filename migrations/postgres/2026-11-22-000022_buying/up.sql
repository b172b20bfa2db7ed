-- Where an order may turn when an area code is sold out, and for which campaign it was placed.
ALTER TABLE purchase_order ADD COLUMN fallback TEXT NOT NULL DEFAULT 'none' CHECK (fallback IN ('none', 'overlay', 'state', 'anywhere'));
ALTER TABLE purchase_order ADD COLUMN campaign_id TEXT REFERENCES campaign (id) ON DELETE SET NULL;
CREATE INDEX purchase_order_campaign ON purchase_order (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX purchase_order_continues ON purchase_order (continues) WHERE continues IS NOT NULL;

-- The area codes named when the order was confirmed, in the order in which they are tried when the one wanted runs
-- dry: numbers come from no other.
CREATE TABLE order_fallback (
    order_id TEXT NOT NULL REFERENCES purchase_order (id),
    area_code TEXT NOT NULL,
    position BIGINT NOT NULL CHECK (position > 0),
    instead TEXT NOT NULL CHECK (instead <> area_code),
    -- How many were expected from it, and at what price a month.
    expected BIGINT NOT NULL CHECK (expected >= 0),
    quoted_price BIGINT NOT NULL CHECK (quoted_price >= 0),
    PRIMARY KEY (order_id, area_code, position),
    UNIQUE (order_id, area_code, instead)
);

-- The area code a line's number is looked for in, or was bought in, when it is not the one wanted.
ALTER TABLE order_line ADD COLUMN instead TEXT;
