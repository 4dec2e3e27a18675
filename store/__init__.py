"""Where the core's state is kept: SQLModel tables, the outbox, timers and migrations."""
