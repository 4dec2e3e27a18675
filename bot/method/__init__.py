"""The method itself: pure, without platform, clock or store."""
