"""Microsoft Teams: cards, forms and the app's package."""
