"""What touches the world for `tickets`: routing and SLA files, mail, chat, maildir and console."""
