"""What people look at: pictures, the page that shows clouds, and the report on many."""
