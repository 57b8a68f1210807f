"""The books: wholesale sales, exchange rates and costs."""
