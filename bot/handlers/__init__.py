"""From what people do (inputs.py) to what it means (events.py), on every platform alike."""
