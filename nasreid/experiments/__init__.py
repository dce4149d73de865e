"""Many runs: jobs and their ledger, trials, truth tables, comparisons."""
