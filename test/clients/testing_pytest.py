# Tests of an application with pytest and SQLAlchemy, as doc/testing.md has them, by the owner of a database who is no superuser.
# Needs modules: pytest sqlalchemy psycopg2
import os
import subprocess
import sys
import tempfile

import psycopg2

maintenance = psycopg2.connect(dbname="postgres")
maintenance.autocommit = True
cursor = maintenance.cursor()
cursor.execute("DROP DATABASE IF EXISTS app_test WITH (FORCE)")
cursor.execute("DROP ROLE IF EXISTS clients_owner")
cursor.execute("CREATE ROLE clients_owner LOGIN CREATEDB")
with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["test/clients/page-files", "doc/testing.md", folder], check=True)
    status = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django", "test_deals.py"],
        cwd=folder, env=dict(os.environ, PGUSER="clients_owner")).returncode
cursor.execute("DROP ROLE clients_owner")
sys.exit(status)
