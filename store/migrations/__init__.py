"""Alembic's folder; it travels in the wheel."""
