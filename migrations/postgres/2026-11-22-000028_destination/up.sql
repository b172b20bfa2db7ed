-- The messaging service into which the numbers of an order go; they stay available when there is none.
ALTER TABLE purchase_order ADD COLUMN messaging_service_id TEXT REFERENCES messaging_service (id);
