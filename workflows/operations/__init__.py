"""What whoever runs the platform needs: moving a city to another database, backup, restore."""
