"""Which lots went into which, so that a faulty one can be called back."""
