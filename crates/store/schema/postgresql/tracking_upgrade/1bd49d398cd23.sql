-- To 1bd49d398cd23: what a secret is encrypted with stays.
CREATE OR REPLACE FUNCTION prevent_secrets_aad_mutation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name
        THEN RAISE EXCEPTION 'secret_id and secret_name are immutable (used as AAD in encryption)'; END IF; RETURN NEW; END $$;
CREATE TRIGGER prevent_secrets_aad_mutation BEFORE UPDATE ON secrets FOR EACH ROW EXECUTE FUNCTION prevent_secrets_aad_mutation();
