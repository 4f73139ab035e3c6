\echo Use "ALTER EXTENSION whisper_migrate UPDATE" to load this file. \quit
