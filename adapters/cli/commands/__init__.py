"""The commands of `als`, by subject. Each imports what it needs when it runs."""
