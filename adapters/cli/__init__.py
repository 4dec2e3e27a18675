"""The terminal: what the command line reads and says. What it starts is wired in app.py."""
