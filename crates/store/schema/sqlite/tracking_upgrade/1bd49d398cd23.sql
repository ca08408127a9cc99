-- To 1bd49d398cd23: what a secret is encrypted with stays.
CREATE TRIGGER prevent_secrets_aad_mutation
    BEFORE UPDATE ON secrets
    FOR EACH ROW
    WHEN OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name
    BEGIN SELECT RAISE(ABORT, 'secret_id and secret_name are immutable (used as AAD in encryption)'); END;
