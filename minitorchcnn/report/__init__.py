"""What people read when work is done: text tables, statistics, provenance, HTML pages."""
