# Tests of an application with Django's runner and with pytest-django, as doc/testing.md has them, by a role that is no superuser.
# Needs modules: django psycopg2 pytest pytest_django
import os
import pathlib
import subprocess
import sys
import tempfile

import psycopg2

# What a project has besides: settings, a migration that makes the CRM, tables of its own that refer to it.
FILES = {
    "manage.py": """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "settings.py": """
SECRET_KEY = "tests"
USE_TZ = True
INSTALLED_APPS = ["deals"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "app", "OPTIONS": {"options": "-c search_path=public,crm,opportunities"}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "deals.testing.Runner"
""",
    "deals/__init__.py": "",
    "deals/models.py": """
from django.db import models

class Deal(models.Model):
    title = models.TextField()
    pipeline_id = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "opportunity"

class Note(models.Model):
    deal = models.ForeignKey(Deal, models.CASCADE)
""",
    "deals/migrations/__init__.py": "",
    "deals/migrations/0001_initial.py": """
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL("CREATE EXTENSION opportunities; SELECT opportunities.create_crm('crm', starter => true)"),
        migrations.CreateModel("Deal", [("id", models.BigAutoField(primary_key=True)), ("title", models.TextField())], {"managed": False, "db_table": "opportunity"}),
        migrations.CreateModel("Note", [("id", models.BigAutoField(primary_key=True)), ("deal", models.ForeignKey("deals.Deal", models.CASCADE))]),
    ]
""",
    "deals/test_more.py": """
from django.core.management import call_command
from django.db import connection, transaction
from django.test import TransactionTestCase
from deals.models import Deal, Note

class Referring(TransactionTestCase):
    def test_one(self):
        deal = Deal.objects.create(title="One", pipeline_id=1)
        Note.objects.create(deal=deal)
        self.assertEqual(Deal.objects.count(), 1)

    test_another = test_one

    # a confirmed document, which takes no DELETE
    def test_document(self):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO opportunity (pipeline_id, title, amount) VALUES (1, 'Sold', 5) RETURNING issue_invoice(id, true)")
            cursor.execute("SELECT number FROM document")
            self.assertEqual(cursor.fetchall(), [(1,)])

    test_next_document = test_document
""",
    "pytest/pytest.ini": """
[pytest]
DJANGO_SETTINGS_MODULE = settings
pythonpath = ..
""",
    "pytest/test_pytest.py": """
import pytest
from deals.models import Deal, Note

@pytest.mark.parametrize("time", [1, 2])
def test_rolled(db, time):
    Deal.objects.create(title="One", pipeline_id=1)
    assert Deal.objects.count() == 1

@pytest.mark.parametrize("time", [1, 2])
def test_committed(transactional_db, time):
    deal = Deal.objects.create(title="One", pipeline_id=1)
    Note.objects.create(deal=deal)
    assert Deal.objects.count() == 1
""",
}

maintenance = psycopg2.connect(dbname="postgres")
maintenance.autocommit = True
cursor = maintenance.cursor()
for name in ("app", "test_app", "test_app_1", "test_app_2"):
    cursor.execute("DROP DATABASE IF EXISTS %s WITH (FORCE)" % name)
cursor.execute("DROP ROLE IF EXISTS clients_owner")
cursor.execute("CREATE ROLE clients_owner LOGIN CREATEDB")
failed = 0
with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["test/clients/page-files", "doc/testing.md", folder], check=True)
    for name, text in FILES.items():
        file = pathlib.Path(folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    environment = dict(os.environ, PGUSER="clients_owner", DJANGO_SETTINGS_MODULE="settings")
    for command, where in (
        (["manage.py", "test", "--noinput"], "."),
        (["manage.py", "test", "--noinput", "--parallel", "2"], "."),
        (["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pytest.py"], "pytest"),
    ):
        print(" ".join(command), flush=True)
        failed += subprocess.run([sys.executable, *command], cwd=pathlib.Path(folder, where), env=environment).returncode != 0
for name in ("test_app_1", "test_app_2"):
    cursor.execute("DROP DATABASE IF EXISTS " + name)
cursor.execute("DROP ROLE clients_owner")
sys.exit(failed)
