"""Listen as a hospital would: take studies, read them, send the results back.

`Listener` in `service` does it; `backlog` says how it stands.
"""
