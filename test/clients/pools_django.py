# Django's middleware of doc/pools.md through pgbouncer in transaction mode: requests of people of two tenants at the same time, some of which
# fail. Each gets what is theirs, and nothing is left for the next.
# Needs modules: django psycopg2
# Needs programs: pgbouncer
import logging
import os
import random
import subprocess
import sys
import tempfile
import types
from concurrent.futures import ThreadPoolExecutor

import django
import psycopg2
from django.conf import settings

folder = tempfile.TemporaryDirectory()
subprocess.run(["test/clients/page-files", "doc/pools.md", folder.name], check=True)
sys.path.insert(0, folder.name)

# Who asks is known otherwise in an application: here a header says it.
here = sys.modules["pools"] = sys.modules[__name__]
settings.configure(
    SECRET_KEY="tests", ALLOWED_HOSTS=["*"], ROOT_URLCONF="pools", MIDDLEWARE=["pools.know_user", "crm.middleware.AsUser"], LOGGING_CONFIG=None,
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "CONN_MAX_AGE": None, "DISABLE_SERVER_SIDE_CURSORS": True}})
django.setup()
logging.disable()

from django.db import connection, connections
from django.http import HttpResponse, JsonResponse
from django.test import Client
from django.urls import path

with connection.cursor() as cursor:
    cursor.execute("SELECT * FROM person")
    PEOPLE = [types.SimpleNamespace(tenant=tenant, username=login, crm_role=role, number=number, is_authenticated=True) for tenant, login, role, number in cursor.fetchall()]


def know_user(get_response):
    def middleware(request):
        number = request.headers.get("person")
        request.user = types.SimpleNamespace(is_authenticated=False) if number is None else PEOPLE[int(number)]
        return get_response(request)
    return middleware


def rows(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def deals(request):
    [(me, role, board)] = rows("SELECT me(), current_user::text, (SELECT sum(count) FROM board(filter => 'first'))")
    titles = [title for title, in rows('SELECT title FROM opportunity ORDER BY title COLLATE "C"')]
    return JsonResponse({"me": me, "role": role, "board": int(board), "titles": titles})


def fails(request):
    rows("INSERT INTO opportunity (pipeline_id, title, owner) SELECT id, 'lost', me() FROM pipeline RETURNING id")
    raise ValueError("in the middle")


def nobody(request):
    [(me, role, tenant)] = rows("SELECT me(), current_user::text, current_setting('opportunities.tenant')")
    return HttpResponse("%s %s %s" % (me, role, tenant))


urlpatterns = [path("deals", deals), path("fails", fails), path("nobody", nobody)]


def titles(person):
    return sorted("%s %s %s" % (other.tenant, other.username, n + 1) for other in PEOPLE for n in range(other.number)
        if other.tenant == person.tenant and (other.username == person.username or person.crm_role == "clients_manager"))


def expected(person):
    return {"me": person.username, "role": person.crm_role, "board": 1, "titles": titles(person)}


seed = int(os.environ.get("SEED", random.randrange(1000000)))
print("SEED=%d" % seed, flush=True)


def requests(worker):
    chance = random.Random(seed + worker)
    client = Client(raise_request_exception=False)
    for _ in range(40):
        number = chance.randrange(len(PEOPLE))
        what = chance.randrange(5)
        if what == 0:
            assert client.get("/fails", HTTP_PERSON=str(number)).status_code == 500
        elif what == 1:
            assert client.get("/nobody").content == b"clients_application clients_application "
        else:
            assert client.get("/deals", HTTP_PERSON=str(number)).json() == expected(PEOPLE[number])
    connections.close_all()


with ThreadPoolExecutor(6) as workers:
    list(workers.map(requests, range(6)))

server = psycopg2.connect(host=os.environ["SERVER_HOST"], port=5432, user="postgres")
cursor = server.cursor()
cursor.execute("SELECT count(*) FROM crm.opportunity")
assert cursor.fetchone() == (21,)
server.close()
