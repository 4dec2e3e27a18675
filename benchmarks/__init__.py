"""What als costs, measured: each file is a command, its figures stand in docs/performance.md."""
