"""What runs around the core in a process: the gateway that adapters hand inputs to."""
