"""`python -m search` is `cari`."""

from search.cli import main

if __name__ == "__main__":
    main()
