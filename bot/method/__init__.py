"""The method: pure state machines, their vocabulary, formats and rules."""
