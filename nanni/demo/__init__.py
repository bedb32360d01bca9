"""The demo: a fictional homeware retailer's year of feedback, made from a seed, and the lives its tickets lead.

Start at `nanni.demo.generate` (the files of data/demo/inbox) and `nanni.demo.lives` (what people did with a ticket).
Everything here is invented: the company, its customers and every word they write.
"""
