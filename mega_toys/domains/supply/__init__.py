"""What lies in the warehouses, and what moves it."""
