-- To 1bd49d398cd23: what a secret is encrypted with stays.
CREATE TRIGGER IF NOT EXISTS prevent_secrets_aad_mutation BEFORE UPDATE ON secrets FOR EACH ROW
    BEGIN
        IF OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name
        THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'secret_id and secret_name are immutable (used as AAD in encryption)'; END IF; END;
