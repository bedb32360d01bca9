"""One module a page: what it reads, what it lets people do, which template draws it."""
