"""Microsoft Teams: the same method, drawn in Adaptive Cards and carried by the Bot Framework."""
