-- Only while this script runs: what \replace keeps of a function's privileges.
CREATE FUNCTION whisper.remember_grants(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_remember_grants';
CREATE FUNCTION whisper.grant_again(name) RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_grant_again';

ALTER TABLE whisper.tier ADD COLUMN format text;
\comment tables/tier.sql
ALTER TABLE whisper.revision
    ADD COLUMN registered_by_oid oid,
    ADD COLUMN allow_data_loss boolean NOT NULL DEFAULT false,
    ADD COLUMN placeholders text[] NOT NULL DEFAULT '{}',
    ADD COLUMN allow_invalid text[] NOT NULL DEFAULT '{}';
UPDATE whisper.revision SET registered_by_oid = (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = registered_by);
\comment tables/revision.sql
ALTER TABLE whisper.applied ADD COLUMN search_path text, ADD COLUMN applied_by_oid oid;
\comment tables/applied.sql
\replace functions/whisper_upgrade.sql
\comment functions/whisper_deploy.sql
\comment functions/whisper_downgrade.sql
\comment functions/whisper_repair.sql
-- What other tools had as applied when a database was taken over.
\include tables/tool_claim.sql
GRANT SELECT ON whisper.tool_claim TO PUBLIC;

-- What statements of repeatable files make, from now on.
\include tables/statement_object.sql
GRANT SELECT ON whisper.statement_object TO PUBLIC;

-- What the server said of failures may hold values of rows.
\include tables/failure.sql
INSERT INTO whisper.failure (history, failed_by, message)
    SELECT h.id, coalesce(r.oid, 0), h.message FROM whisper.history h
        LEFT JOIN pg_catalog.pg_roles r ON r.rolname = h.executed_by WHERE h.sqlstate IS NOT NULL AND h.step > 0;
UPDATE whisper.history SET message = 'whisper_log() shows the error to the role that ran the deploy'
    WHERE sqlstate IS NOT NULL AND step > 0;
\comment functions/whisper_status.sql
\comment functions/whisper_verify.sql
\comment functions/whisper_log.sql

\comment functions/whisper_export.sql

DROP FUNCTION whisper.remember_grants(name);
DROP FUNCTION whisper.grant_again(name);
