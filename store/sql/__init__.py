"""How the store talks SQL: what is fast, and why.

driver.py compiles each statement once with SQLAlchemy Core and hands it to the driver's own cursor.
connection.py collects the writes of a transaction and sends them in one round trip.
lists.py passes a list as one JSON value, so that a statement's text does not depend on its length.
"""
