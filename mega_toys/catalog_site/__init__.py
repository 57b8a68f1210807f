"""The catalog as a static site: pages in which people find, understand and trust a table.

Made of the declarations and of what the lake says of itself, in one pass. No page asks a server,
loads anything from elsewhere, or shows a value that is not for everybody. Nothing here writes to
the lake.
"""
