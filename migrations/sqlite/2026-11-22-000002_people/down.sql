DROP TABLE setup_token;
DROP TABLE recovery_code;
DROP TABLE second_step;
DROP TABLE password_reset;
DROP TABLE invitation;
ALTER TABLE organization DROP COLUMN owners_in_two_steps;
-- The version before would take a sign-in without its code for a whole one.
DELETE FROM user_session WHERE waits_for_code;
ALTER TABLE user_session DROP COLUMN waits_for_code;
ALTER TABLE person DROP COLUMN password_changed_at;
