"""What keeps a process running: the scheduler, the runners for blocking work, health, clocks."""
