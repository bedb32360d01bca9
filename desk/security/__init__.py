"""What keeps the desk safe to leave open: passwords, limits, headers, sessions, forged forms."""
