"""Credit information (双公示): licences and penalties for the credit platform in seven days, and what follows."""
