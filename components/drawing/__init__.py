"""Turning what is known of runs into what is seen: charts, pictures, what runs in the browser."""
