"""The pages that are made from the code: `python -m docs.making`, which `make docs` runs."""
