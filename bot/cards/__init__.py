"""What people see, before any platform draws it: cards, forms, their words and their views."""
