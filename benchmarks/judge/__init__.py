"""The judge on public data, beside others, and its speed; the figures stand in docs/judge.md."""
