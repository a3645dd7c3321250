# FastAPI's dependency of doc/pools.md through pgbouncer in transaction mode: requests of people of two tenants at the same time, some of
# which fail. Each gets what is theirs, and nothing is left for the next; likewise with psycopg 3, whose statements are prepared at once where
# pgbouncer passes them on.
# Needs modules: fastapi httpx sqlalchemy psycopg2 psycopg
# Needs programs: pgbouncer
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import psycopg

# Who asks is known otherwise in an application: here a header says it.
USERS = """
import psycopg
from typing import NamedTuple
from fastapi import Header

class User(NamedTuple):
    tenant: str
    login: str
    role: str
    number: int

with psycopg.connect(dbname="%s", prepare_threshold=None) as connection:
    PEOPLE = [User(*row) for row in connection.execute("SELECT * FROM person")]

def current_user(person: int = Header(...)):
    return PEOPLE[person]
""" % os.environ["PGDATABASE"]

folder = tempfile.TemporaryDirectory()
subprocess.run(["test/clients/page-files", "doc/pools.md", folder.name], check=True)
pathlib.Path(folder.name, "app/users.py").write_text(USERS)
sys.path.insert(0, folder.name)

from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.database import connection as user_connection
from app.users import PEOPLE

app = FastAPI()


@app.get("/deals")
def deals(connection=Depends(user_connection)):
    me, role, board = connection.execute(text("SELECT me(), current_user::text, (SELECT sum(count) FROM board(filter => 'first'))")).one()
    titles = connection.execute(text('SELECT title FROM opportunity ORDER BY title COLLATE "C"')).scalars().all()
    return {"me": me, "role": role, "board": int(board), "titles": titles}


@app.get("/fails")
def fails(connection=Depends(user_connection)):
    connection.execute(text("INSERT INTO opportunity (pipeline_id, title, owner) SELECT id, 'lost', me() FROM pipeline"))
    raise ValueError("in the middle")


def titles(person):
    return sorted("%s %s %s" % (other.tenant, other.login, n + 1) for other in PEOPLE for n in range(other.number)
        if other.tenant == person.tenant and (other.login == person.login or person.role == "clients_manager"))


def expected(person):
    return {"me": person.login, "role": person.role, "board": 1, "titles": titles(person)}


seed = int(os.environ.get("SEED", random.randrange(1000000)))
prepares = bool(os.environ.get("POOL_PREPARES"))
print("SEED=%d, prepared statements: %s" % (seed, prepares), flush=True)


def requests(worker):
    chance = random.Random(seed + worker)
    client = TestClient(app, raise_server_exceptions=False)
    for _ in range(25):
        number = chance.randrange(len(PEOPLE))
        if chance.randrange(5) == 0:
            assert client.get("/fails", headers={"person": str(number)}).status_code == 500
        else:
            assert client.get("/deals", headers={"person": str(number)}).json() == expected(PEOPLE[number])


def statements(worker):
    chance = random.Random(seed + worker)
    with psycopg.connect(prepare_threshold=0 if prepares else None) as connection:
        for _ in range(25):
            person = chance.choice(PEOPLE)
            with connection.transaction():
                connection.execute(
                    "SELECT set_config('opportunities.user_name', %s, true), set_config('opportunities.tenant', %s, true), set_config('role', %s, true)",
                    [person.login, person.tenant, person.role])
                found = connection.execute('SELECT title FROM opportunity ORDER BY title COLLATE "C"').fetchall()
                assert [title for title, in found] == titles(person)
                assert connection.execute("SELECT sum(count) FROM board(filter => %s)", ["first"]).fetchone() == (1,)


with ThreadPoolExecutor(6) as workers:
    list(workers.map(requests, range(6)))
    list(workers.map(statements, range(6)))

with psycopg.connect(prepare_threshold=None, autocommit=True) as connection:
    for _ in range(10):
        left = connection.execute("SELECT me(), current_user::text, current_setting('opportunities.tenant')").fetchone()
        assert left == ("clients_application", "clients_application", ""), left
with psycopg.connect(host=os.environ["SERVER_HOST"], port=5432, user="postgres") as connection:
    assert connection.execute("SELECT count(*) FROM crm.opportunity").fetchone() == (21,)
