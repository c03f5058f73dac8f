-- What is rare among many lines is found without reading them all: attempts without an outcome, and a customer's.

-- Nobody adds lines meanwhile.
LOCK TABLE portgate.chain IN SHARE ROW EXCLUSIVE MODE;

-- The first line of each attempt that no line says the end of.
CREATE TABLE portgate.open_attempt (
    attempt text PRIMARY KEY,
    entry bigint NOT NULL
);

-- The names of customers, each once.
CREATE TABLE portgate.customer (
    name text NOT NULL
);

-- By hashes: an index holds no long text.
CREATE UNIQUE INDEX customer_name ON portgate.customer (md5(name));
CREATE INDEX entry_customer ON portgate.entry (md5(customer), at) WHERE is_first AND customer IS NOT NULL;

INSERT INTO portgate.open_attempt (attempt, entry)
SELECT attempt, id FROM portgate.entry AS sent
WHERE is_first AND NOT EXISTS (
    SELECT FROM portgate.entry AS ended WHERE ended.attempt = sent.attempt AND ended.outcome <> 'unknown');

INSERT INTO portgate.customer (name)
SELECT DISTINCT customer FROM portgate.entry WHERE is_first AND customer IS NOT NULL;

-- Keeps both up to date; nobody who adds lines can change them otherwise.
CREATE FUNCTION portgate.note_entries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO portgate.open_attempt (attempt, entry) SELECT attempt, id FROM added WHERE is_first;
    DELETE FROM portgate.open_attempt AS open USING added
    WHERE open.attempt = added.attempt AND added.outcome <> 'unknown';
    INSERT INTO portgate.customer (name) SELECT DISTINCT customer FROM added
    WHERE is_first AND customer IS NOT NULL
        AND NOT EXISTS (SELECT FROM portgate.customer WHERE md5(name) = md5(added.customer));
    RETURN NULL;
END $$;

CREATE TRIGGER note_entries AFTER INSERT ON portgate.entry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION portgate.note_entries();
