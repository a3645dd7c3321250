# Django: the models of doc/orm.md, written to files as the page says, and what becomes of what they write.
# Needs modules: django psycopg2
import os
import re
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

folder = tempfile.TemporaryDirectory()
page = Path('doc/orm.md').read_text().split('\n## Django\n')[1].split('\n## ')[0]
for name, code in re.findall(r'`(crm/\S+\.py)`:\n\n```python\n(.*?)^```$', page, re.S | re.M):
    path = Path(folder.name, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.joinpath('__init__.py').touch()
    path.write_text(code)
Path(folder.name, 'crm/__init__.py').touch()
sys.path.insert(0, folder.name)
options = re.search(r'"OPTIONS": (\{.*?\})\}', page)[1]
settings.configure(
    INSTALLED_APPS=['crm'], USE_TZ=True, DEFAULT_AUTO_FIELD='django.db.models.BigAutoField',
    TEMPLATES=[{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True}],
    DATABASES={'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': os.environ['PGDATABASE'],
        'HOST': os.environ['PGHOST'], 'USER': os.environ['PGUSER'], 'OPTIONS': eval(options)}})
django.setup()
connection.cursor().execute('SET client_min_messages = warning')
call_command('migrate', verbosity=0)

from django.template import Context, Template
from crm import models, pages


def sql(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchone()[0] if cursor.description else None


def raises(error, call):
    try:
        call()
    except error as caught:
        return caught
    raise AssertionError(f'no {error.__name__}')


# Django's own table stands beside, and the CRM is as it was made: nothing of it is for Django to change
assert sql("SELECT 'public.django_migrations'::regclass IS NOT NULL")
assert sql("SELECT count(*) FROM opportunities.check_crm('crm')") == 0

# what is left out is filled, and read back; an amount that is given is by hand, another follows its lines
sql("SET opportunities.user_name = 'sara'")
account = models.Account(name='Alborz', custom={'region': 'north'})
account.save()
deal = models.Opportunity(account=account, pipeline_id=1, stage_id=2, title='Network', amount=Decimal('1200.500'))
deal.save()
assert (deal.version, deal.amount_mode, deal.created_by, str(deal.estimated_amount)) == (1, 'manual', 'sara', '300.1250000'), vars(deal)
assert (deal.probability, deal.probability_mode, deal.realized_amount) == (25, 'auto', 0) and deal.created_at and deal.position
lines = models.Opportunity(pipeline_id=1, stage_id=1, title='Lines')
lines.save()
line = models.OpportunityLine(opportunity=lines, quantity=3, unit_price=Decimal('0.335'), tax_percent=10)
line.save()
assert (str(line.net), str(line.tax)) == ('1.01', '0.10')
lines.refresh_from_db()
assert (str(lines.amount), lines.amount_mode, lines.version) == ('1.01', 'auto', 2)

# only what was changed is written, so that a card which was dragged meanwhile stays where it is; the version tells of that, too
seen = models.Opportunity.objects.select_related('stage').get(title='Network')
assert seen.stage.name == 'Qualified' and seen.stage.pipeline_id == seen.pipeline_id
sql('UPDATE crm.opportunity SET stage_id = 3 WHERE id = %s', seen.id)
seen.title = 'Network for two'
raises(models.RowChanged, seen.save)
seen.refresh_from_db()
assert (seen.stage_id, seen.version, seen.title) == (3, 2, 'Network')
sql('UPDATE crm.opportunity SET position = position + 1 WHERE id = %s', seen.id)
place = sql('SELECT position FROM crm.opportunity WHERE id = %s', seen.id)
seen.title = 'Network for two'
seen.tags.append('vip')
seen.custom['region'] = 'west'
seen.save()
assert (seen.stage_id, seen.version, seen.position, seen.tags, seen.custom) == (3, 3, place, ['vip'], {'region': 'west'})
seen.save()
assert seen.version == 3
assert sql("SELECT count(*) FROM crm.change_log WHERE table_name = 'opportunity' AND row_id = %s AND field = 'title'", str(seen.id)) == 1

# back to the lines, by the mode; another pipeline takes its stage along; a stage is closed with its reason
seen.amount_mode = 'auto'
seen.save()
assert seen.amount is None
seen.stage_id, seen.close_reason, seen.amount = 6, 'price', Decimal(7)
seen.save()
assert seen.closed_on and seen.amount_mode == 'manual'

# an error has its code and field
error = raises(django.db.IntegrityError, models.Opportunity(pipeline_id=1, title='x', amount=5, amount_mode='auto').save)
assert (error.__cause__.diag.constraint_name, error.__cause__.diag.column_name) == ('amount_in_auto', 'amount')

# a page, and a template of it
answer = pages.call('list', fields=['title', 'account.name'], scope={'account_id': account.id}, sort=['-amount'])
assert answer['totals']['final_total'] == '7' and answer['rows'][0]['account.name'] == 'Alborz'
rendered = Template(re.search(r'^    (\{% load crm %\})\n    (.*)$', page, re.M)[0].replace('\n    ', '').strip()).render(Context({'page': answer}))
assert '<td>Network for two</td><td>Alborz</td>' in rendered, rendered
assert Template('{{ o.custom.region }}').render(Context({'o': seen})) == 'west'

# the models without a tenant are those of a CRM with tenants
sql("SET opportunities.tenant = 'acme'")
sql("SELECT opportunities.create_crm('shared', tenant => true, starter => true)")
sql('SET search_path = shared')
shared = models.Opportunity(pipeline=models.Pipeline.objects.get(), title='Network', amount=5)
shared.save()
shared.title = 'Network for two'
shared.save()
assert (shared.version, sql('SELECT tenant_id FROM opportunity')) == (2, 'acme')

# what inspectdb makes of both
for schema in ('crm', 'shared'):
    database = {**settings.DATABASES['default'], 'OPTIONS': {'options': f'-c search_path={schema}'}}
    inspected = subprocess.run([sys.executable, '-c', f'''
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=[], DATABASES={{"default": {database!r}}})
django.setup()
from django.core.management import call_command
call_command('inspectdb')
'''], capture_output=True, text=True, check=True).stdout
    keys = {}
    for model, body in re.findall(r'^class (\w+)\(models\.Model\):\n(.*?)^    class Meta', inspected, re.M | re.S):
        keys[model] = dict(re.findall(r"^    (\w+) = models\.ForeignKey\('?(\w+)'?", body, re.M))
    assert keys['Opportunity'] == {'account': 'Account', 'pipeline': 'Pipeline', 'stage': 'Stage'}, keys
    assert keys['Document'] == {'opportunity': 'Opportunity', 'account': 'Account', 'source_document': 'self'}, keys
    assert keys['DocumentLine'] == {'document': 'Document', 'source_line': 'self', 'product': 'Product'}, keys
    assert keys['Stage'] == {'pipeline': 'Pipeline'} and keys['Activity'] == {'opportunity': 'Opportunity'}, keys
