"""The literal list of commands: importing these modules adds nothing by itself, this tuple does."""

from nanni.cli import (
    categories,
    closing,
    contract,
    demo,
    desk,
    doctor,
    episodes,
    explain,
    held,
    helping,
    ingest,
    model_train,
    notices,
    outer_loop,
    quarantine,
    routing,
    rules,
    sla,
    storms,
    story,
    teamwork,
    ticket_work,
    tickets,
    up,
    workspace,
)
from nanni.cli.app import app, run

__all__ = ["app", "run"]

for name, command in (
    ("demo", demo.demo),
    ("init", workspace.init),
    ("check", workspace.check),
    ("migrate", workspace.migrate),
    ("ingest", ingest.ingest),
    ("why", explain.why),
    ("why-not", explain.why_not),
    ("audit", doctor.audit),
    ("doctor", doctor.doctor),
    ("up", up.up),
):
    app.command(command, name=name)
for name, verb in (
    *ticket_work.COMMANDS,
    *teamwork.COMMANDS,
    *helping.COMMANDS,
    *categories.COMMANDS,
    *episodes.COMMANDS,
    *closing.COMMANDS,
    *story.COMMANDS,
):
    tickets.tickets.command(verb, name=name)
for group in (
    tickets.tickets,
    sla.sla,
    routing.routing,
    rules.rules,
    model_train.model,
    contract.contract,
    quarantine.quarantine,
    held.review,
    storms.storms,
    notices.notices,
    outer_loop.outer_loop,
    helping.kb,
    desk.desk,
):
    app.command(group)
