DROP TABLE sign_in_limit;
DROP TABLE mail_message;
