"""Where the parts are joined: settings, wiring, the walk of a batch, the command line. Start at `nanni.wiring`."""
