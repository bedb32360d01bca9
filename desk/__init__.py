"""The desk: where managers and agents work, in a browser and on a phone, and the HTTP API.

Start at `app.create_desk`; `routes.py` is the one table of addresses with the permission each asks for.
"""
