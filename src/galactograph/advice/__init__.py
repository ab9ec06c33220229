"""Who may be examined, what a finding may mean, and what to consider next."""
