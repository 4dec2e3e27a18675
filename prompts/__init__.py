"""Every word a person reads, and every method: data, read by importlib.resources."""
