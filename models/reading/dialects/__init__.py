"""What each framework's programs mean."""
