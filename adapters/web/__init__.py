"""The browser: the playground and the facilitator's pages."""
