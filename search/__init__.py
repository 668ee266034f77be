"""Full-text search for Indonesian local news."""
