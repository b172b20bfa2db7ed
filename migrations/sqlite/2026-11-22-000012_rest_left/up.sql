-- A number reserved while it rests rests on when it is let go.
ALTER TABLE owned_phone_number ADD COLUMN rest_left TIMESTAMP;
