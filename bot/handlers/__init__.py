"""From what people do (inputs.py) to what it means (events.py), on every platform alike.

A desk is where one input is dealt with, inside its transaction: it knows who came, finds the
set, meeting or session that is meant, and tells the machine. It decides nothing that the
machines decide. `typed` reads messages, `presses` buttons, `forms` what was filled in,
`words` the commands.
"""
