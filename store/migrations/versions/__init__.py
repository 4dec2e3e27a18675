"""The steps of the schema, oldest first: expand, deploy, contract."""
