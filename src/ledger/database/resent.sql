-- An attempt whose change is sent again is open again: that the first request was refused doesn't say how it ended.

-- Nobody adds lines meanwhile.
LOCK TABLE portgate.chain IN SHARE ROW EXCLUSIVE MODE;

INSERT INTO portgate.open_attempt (attempt, entry)
SELECT attempt, id FROM portgate.entry AS sent
WHERE is_first AND EXISTS (
    SELECT FROM portgate.entry AS again
    WHERE again.attempt = sent.attempt AND again.step = 'sending' AND again.id > sent.id
        AND NOT EXISTS (SELECT FROM portgate.entry AS ended
            WHERE ended.attempt = sent.attempt AND ended.outcome <> 'unknown' AND ended.id > again.id))
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION portgate.note_entries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO portgate.open_attempt (attempt, entry)
    SELECT attempt, id FROM portgate.entry
    WHERE is_first AND attempt IN (SELECT attempt FROM added WHERE is_first OR step = 'sending')
    ON CONFLICT DO NOTHING;
    DELETE FROM portgate.open_attempt AS open USING added
    WHERE open.attempt = added.attempt AND added.outcome <> 'unknown' AND NOT EXISTS (
        SELECT FROM added AS again
        WHERE again.attempt = added.attempt AND again.step = 'sending' AND again.id > added.id);
    INSERT INTO portgate.customer (name) SELECT DISTINCT customer FROM added
    WHERE is_first AND customer IS NOT NULL
        AND NOT EXISTS (SELECT FROM portgate.customer WHERE md5(name) = md5(added.customer));
    RETURN NULL;
END $$;
