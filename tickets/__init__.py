"""The promise to the customer, from open to closed: lifecycle, routing, SLA, episodes, notices.

Start at `tickets.ticket` and `tickets.lifecycle`; `tickets.opening` turns decisions into tickets; what sends mail and
chat lives in `tickets.adapters`. What the ledger must offer is declared in `tickets.ports`.
"""
