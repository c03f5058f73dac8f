-- The letter of a message: its row is made when the message is first delivered or read.
CREATE TABLE letters (
    id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    text_body TEXT NOT NULL,
    html_body TEXT NOT NULL
) STRICT;
INSERT INTO letters (id, subject, text_body, html_body) SELECT id, subject, text_body, html_body FROM messages;
ALTER TABLE messages DROP COLUMN subject;
ALTER TABLE messages DROP COLUMN text_body;
ALTER TABLE messages DROP COLUMN html_body;
