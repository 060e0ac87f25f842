"""互联网+监管: six groups of data, mapped from the work itself and handed to the delivery."""
