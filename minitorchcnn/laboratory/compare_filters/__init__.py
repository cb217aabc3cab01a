"""Hand-set against learned filters: variants, plans, runs, figures and answers."""
