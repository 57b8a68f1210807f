"""Products about the lake itself."""
