"""What becomes of rejected records: corrected, dismissed or open, with the reason in words.

It knows what people decided and how quality is counted; what they do is `operations/quarantine.py`.
"""
