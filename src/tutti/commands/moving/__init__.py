"""What `tutti move` is made of: rows out of SQLite into PostgreSQL, objects out of a folder into S3, both compared."""
