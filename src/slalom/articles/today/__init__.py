"""Studies of the rules that networks are trained with today, as their papers explain them."""
