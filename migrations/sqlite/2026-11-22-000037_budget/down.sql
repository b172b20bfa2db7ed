DROP TABLE fee;
DROP TABLE letter_refusal;
DROP TABLE said_once;
ALTER TABLE organization DROP COLUMN weekly_letters;
ALTER TABLE organization DROP COLUMN money_letters;
ALTER TABLE organization DROP COLUMN monthly_budget;
