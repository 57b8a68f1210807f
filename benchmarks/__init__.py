"""What the work costs, beside others and as a lake gets older; `make bench` runs the whole job."""
