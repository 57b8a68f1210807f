"""How each kind of silver table takes in what is new: one function a kind."""
