-- The ledger of a team: lines that are only ever added, each chained to the one before, one chain per backend and company.

CREATE TABLE portgate.chain (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backend text NOT NULL,
    -- The company's uid in lower case; empty if it isn't known.
    company text NOT NULL,
    UNIQUE (backend, company)
);

CREATE TABLE portgate.entry (
    -- In the order of the lines of a backend: they are added under a lock.
    id bigint GENERATED ALWAYS AS IDENTITY,
    chain bigint NOT NULL REFERENCES portgate.chain,
    -- The line as portgate writes it. All other columns are set by the trigger below, from the line and the session.
    line text NOT NULL,
    sequence bigint NOT NULL,
    hash text NOT NULL,
    login text NOT NULL,
    recorded_at timestamptz NOT NULL,
    at timestamptz NOT NULL,
    step text NOT NULL,
    attempt text NOT NULL,
    -- Whether it is the first line of its attempt.
    is_first boolean NOT NULL,
    type text NOT NULL,
    object text NOT NULL,
    action text NOT NULL,
    outcome text,
    actor text NOT NULL,
    client text,
    key_owner text,
    customer text,
    ticket text,
    rule text,
    -- The hash of the line in the ledger that it was imported from.
    imported text,
    PRIMARY KEY (chain, sequence)
);

CREATE UNIQUE INDEX entry_id ON portgate.entry (id);
CREATE INDEX entry_attempt ON portgate.entry (attempt);
CREATE INDEX entry_object ON portgate.entry (object text_pattern_ops) WHERE type = 'request';
CREATE INDEX entry_claim ON portgate.entry (recorded_at) WHERE step IN ('claimed', 'proposed');
CREATE INDEX entry_at ON portgate.entry (at, id) WHERE is_first;
CREATE INDEX entry_outcome ON portgate.entry (outcome, attempt) WHERE outcome <> 'done';
CREATE INDEX entry_rule ON portgate.entry (id) WHERE rule IS NOT NULL;
-- By hashes: an index holds no long text.
CREATE INDEX entry_rule_name ON portgate.entry (md5(lower(rule)), at) WHERE is_first AND rule IS NOT NULL;
CREATE INDEX entry_actor ON portgate.entry (md5(lower(actor)), at) WHERE is_first;
CREATE INDEX entry_login ON portgate.entry (md5(lower(login)), at) WHERE is_first;
CREATE INDEX entry_client ON portgate.entry (md5(lower(client)), at) WHERE is_first AND client IS NOT NULL;
CREATE INDEX entry_key_owner ON portgate.entry (md5(lower(key_owner)), at) WHERE is_first AND key_owner IS NOT NULL;
CREATE INDEX entry_ticket ON portgate.entry (md5(lower(ticket)), at) WHERE is_first AND ticket IS NOT NULL;
CREATE UNIQUE INDEX entry_imported ON portgate.entry (chain, imported) WHERE imported IS NOT NULL;

-- Checks that a line continues its chain, and that nobody records under another's login.
CREATE FUNCTION portgate.check_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said jsonb := NEW.line::jsonb;
    own portgate.chain;
    last record;
    first record;
BEGIN
    IF NEW.line ~ E'[\\x01-\\x1f]' OR octet_length(NEW.line) > 1048576 THEN
        RAISE EXCEPTION 'a line has no control characters and at most 1048576 bytes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT * INTO STRICT own FROM portgate.chain WHERE id = NEW.chain;
    SELECT sequence, hash INTO last FROM portgate.entry WHERE chain = NEW.chain ORDER BY sequence DESC LIMIT 1;
    NEW.sequence := coalesce(last.sequence, 0) + 1;
    NEW.hash := encode(sha256(convert_to(left(NEW.line, -75) || '}', 'UTF8')), 'hex');
    IF NOT starts_with(NEW.line, format('{"schema":"portgate.ledger/v1","sequence":%s,"previous":"%s",',
            NEW.sequence, coalesce(last.hash, repeat('0', 64))))
        OR right(NEW.line, 75) <> format(',"hash":"%s"}', NEW.hash) THEN
        RAISE EXCEPTION 'the line does not continue chain %', NEW.chain USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF own.backend IS DISTINCT FROM said ->> 'backend'
        OR own.company IS DISTINCT FROM lower(coalesce(said #>> '{company,uid}', '')) THEN
        RAISE EXCEPTION 'the line belongs to another chain than %', NEW.chain
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    NEW.imported := said #>> '{imported,hash}';
    IF NEW.imported IS NULL AND said #>> '{who,login}' IS DISTINCT FROM session_user::text THEN
        RAISE EXCEPTION 'login % can''t record as %', session_user, said #>> '{who,login}'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF said ->> 'step' NOT IN ('sending', 'answered', 'closed', 'claimed', 'released', 'proposed', 'dropped')
        OR coalesce((said ->> 'lease_s')::numeric, 0) NOT BETWEEN 0 AND 691200
        OR NOT isfinite((said ->> 'at')::timestamptz) THEN
        RAISE EXCEPTION 'the step, the time or the lease of the line is not valid'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- Only whoever made an attempt says how it ended; others may only find that out.
    SELECT login, imported INTO first FROM portgate.entry WHERE attempt = said ->> 'attempt' ORDER BY id LIMIT 1;
    IF said ->> 'step' <> 'closed' AND first.login <> session_user AND first.imported IS NULL THEN
        RAISE EXCEPTION 'login % can''t record the end of an attempt of %', session_user, first.login
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.login := session_user;
    NEW.recorded_at := clock_timestamp();
    NEW.at := (said ->> 'at')::timestamptz;
    NEW.step := said ->> 'step';
    NEW.attempt := said ->> 'attempt';
    NEW.is_first := first.login IS NULL;
    NEW.type := said #>> '{object,type}';
    NEW.object := lower(said #>> '{object,id}');
    NEW.action := said #>> '{object,action}';
    NEW.outcome := said ->> 'outcome';
    NEW.actor := said #>> '{who,actor}';
    NEW.client := said #>> '{who,client_id}';
    NEW.key_owner := said #>> '{who,key_owner}';
    NEW.customer := said #>> '{object,request,customer}';
    NEW.ticket := said #>> '{object,ticket}';
    NEW.rule := said #>> '{object,rule}';
    RETURN NEW;
END $$;

CREATE TRIGGER check_entry BEFORE INSERT ON portgate.entry
    FOR EACH ROW EXECUTE FUNCTION portgate.check_entry();

-- Lets one after the other add lines, until the end of the transaction. Readers can't take this lock.
CREATE FUNCTION portgate.begin_append() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOCK TABLE portgate.chain IN SHARE ROW EXCLUSIVE MODE;
END $$;

REVOKE ALL ON FUNCTION portgate.begin_append() FROM PUBLIC;

CREATE FUNCTION portgate.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'entries of the ledger are never changed or removed' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON portgate.entry
    FOR EACH STATEMENT EXECUTE FUNCTION portgate.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON portgate.chain
    FOR EACH STATEMENT EXECUTE FUNCTION portgate.refuse_change();
