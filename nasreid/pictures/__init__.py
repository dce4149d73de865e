"""All that people look at: diagrams, reports, ranked lists, trajectories."""
