"""Messages that leave the platform: by mail, or by a text service; never in the transaction that caused them."""
