"""The twin of store/: each port on real databases, no mocks, time passed in."""
