CREATE PROCEDURE whisper_deploy(
    target text DEFAULT 'head', profile text DEFAULT NULL, lock_timeout interval DEFAULT '500 ms',
    max_wait interval DEFAULT '10 min', direction text DEFAULT 'upgrade', allow_data_loss boolean DEFAULT false)
LANGUAGE C AS 'MODULE_PATHNAME', 'whisper_deploy';
COMMENT ON PROCEDURE whisper_deploy(text, text, interval, interval, text, boolean) IS
'Migrate a database that is in use: a transaction for each revision, no lock waited for longer than lock_timeout, and statements that cannot run inside a transaction. What is done stays done; after an error, a cancel or a crash the same CALL goes on from there.

Parameters:
  target, profile: as for whisper_upgrade and whisper_downgrade.
  lock_timeout: how long the statements of a revision may wait for locks, with the application waiting behind them; the revision is then rolled back and tried again after a pause. CONCURRENTLY''s waits for other transactions are not meant: nobody queues behind those.
  max_wait: how long a revision may be tried, and CONCURRENTLY or another migration be waited for.
  direction: upgrade or downgrade.
  allow_data_loss: drop and truncate tables although they hold rows, and drop columns although they hold values. Only rows that the same transaction of an upgrade has written do not count.
Result: a NOTICE per step; whisper_progress() tells other sessions more, whisper_log() has the steps and the failures.
Errors: 25001 inside a transaction block; 25006 in a read-only session; 55P03 naming who is in the way when max_wait is over; 57014 after whisper_cancel(); 53000 when no background worker is free; 53400 when a revision creates more than the lock table can hold; WM011 when a half applied revision was edited; 22023 for an interval that is not positive; otherwise as whisper_upgrade and whisper_downgrade.';
REVOKE EXECUTE ON PROCEDURE whisper_deploy(text, text, interval, interval, text, boolean) FROM PUBLIC;
