"""The faces: each translates a platform into the core's events, and cards into its own form."""
