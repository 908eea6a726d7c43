"""DDL one by one, by Django's migration operations on both stores."""
