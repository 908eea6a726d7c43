"""Long work: jobs are rows in PostgreSQL that workers claim under a lease; Celery on Redis calls the workers.

`jobs.queue` is for whoever asks for work, `jobs.running` for the handlers that do it, both from floors above.
"""
