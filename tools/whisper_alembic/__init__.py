"""The parts of whisper-import-alembic."""
