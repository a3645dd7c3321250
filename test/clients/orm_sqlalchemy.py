# SQLAlchemy: the models of doc/orm.md, what becomes of what they write, and what reflection finds.
# Needs modules: sqlalchemy alembic psycopg2
import json
import os
import re
import warnings
from decimal import Decimal
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, exc, inspect, text
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Session, configure_mappers
from sqlalchemy.orm.exc import StaleDataError

page = Path('doc/orm.md').read_text().split('\n## SQLAlchemy\n')[1].split('\n## ')[0]
model_code, page_code, create_code, upgrade_code = re.findall(r'^```python\n(.*?)^```$', page, re.S | re.M)
engine = create_engine('postgresql+psycopg2:///', connect_args={'options': '-c client_min_messages=warning'})


def raises(error, call):
    try:
        call()
    except error as caught:
        return caught
    raise AssertionError(f'no {error.__name__}')


# the revisions
with engine.begin() as connection:
    for code in (create_code, upgrade_code):
        names = {'op': Operations(MigrationContext.configure(connection))}
        exec(code, names)
        names['upgrade']()
    assert connection.scalar(text("SELECT count(*) FROM opportunities.check_crm('crm')")) == 0

models = {}
with warnings.catch_warnings():
    warnings.simplefilter('error')
    exec(model_code, models)
    configure_mappers()
Account, Opportunity, OpportunityLine, Stage = (models[name] for name in ('Account', 'Opportunity', 'OpportunityLine', 'Stage'))

# each column of the models is one of the tables, and what has to be given is no other
found = MetaData()
with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    found.reflect(engine, schema='crm')
for table in models['Base'].metadata.tables.values():
    for column in table.columns:
        real = found.tables[table.fullname].columns[column.name]
        assert column.type.compile(engine.dialect) == real.type.compile(engine.dialect) and column.primary_key == real.primary_key, column
        assert column.server_default is not None or real.server_default is None, column

session = Session(engine)
session.execute(text("SET opportunities.user_name = 'sara'"))

# what is left out is filled, and comes back with the INSERT; an amount that is given is by hand, another follows its lines
deal = Opportunity(account=Account(name='Alborz'), pipeline_id=1, stage_id=2, title='Network', owner='sara', amount=Decimal('1200.500'))
lines = Opportunity(pipeline_id=1, stage_id=1, title='Lines', lines=[OpportunityLine(quantity=3, unit_price=Decimal('0.335'), tax_percent=10)])
session.add_all([deal, lines])
session.flush()
loaded = inspect(deal).dict
assert (loaded['version'], loaded['amount_mode'], loaded['created_by'], str(loaded['estimated_amount'])) == (1, 'manual', 'sara', '300.1250000'), loaded
assert (deal.probability, deal.probability_mode, deal.tags, deal.custom, deal.stage.name) == (25, 'auto', [], {}, 'Qualified')
assert (str(lines.lines[0].net), str(lines.lines[0].tax)) == ('1.01', '0.10')
session.refresh(lines)
assert (str(lines.amount), lines.amount_mode, lines.version) == ('1.01', 'auto', 2)
session.commit()

# only what was changed is written, with the version that was read, and what triggers make of it comes back
deal.tags.append('vip')
deal.custom['region'] = 'west'
deal.stage_id = 3
session.flush()
loaded = inspect(deal).dict
assert (loaded['version'], loaded['probability'], loaded['updated_by'], loaded['tags'], loaded['custom']) == (2, 50, 'sara', ['vip'], {'region': 'west'}), loaded
deal.title = 'Network for two'
session.commit()
assert deal.version == 3
with engine.begin() as other:
    other.execute(text('UPDATE crm.opportunity SET position = position + 1'))
deal.owner = 'omid'
session.commit()
assert deal.version == 4
with engine.begin() as other:
    other.execute(text("UPDATE crm.opportunity SET stage_id = 4 WHERE title = 'Network for two'"))
deal.title = 'Late'
raises(StaleDataError, session.flush)
session.rollback()
assert (deal.stage_id, deal.version, deal.title) == (4, 5, 'Network for two')

# by the mode back to the lines; closed and open again; another pipeline takes its stage along
deal.amount_mode = 'auto'
session.flush()
assert inspect(deal).dict['amount'] is None
deal.stage_id, deal.close_reason = 6, 'price'
session.flush()
assert inspect(deal).dict['closed_on'] and deal.close_reason == 'price'
deal.stage_id = 1
session.flush()
assert inspect(deal).dict['closed_on'] is None and deal.close_reason is None
session.commit()

# an error has its code and field
session.add(Opportunity(pipeline_id=1, title='x', amount=5, amount_mode='auto'))
error = raises(exc.IntegrityError, session.flush)
assert (error.orig.diag.constraint_name, error.orig.diag.column_name) == ('amount_in_auto', 'amount')
session.rollback()

# a page; and a row goes with its lines
deal.owner = 'sara'
session.commit()
names = {'session': session, 'text': text, 'json': json}
exec(page_code, names)
assert [row['account.name'] for row in names['page']['rows']] == ['Alborz'], names['page']
session.delete(lines)
session.commit()
assert session.query(OpportunityLine).count() == 0

# automap: each key leads where it should, and no column that the database fills is without a default; with tenants, too
with engine.begin() as connection:
    connection.execute(text("SET opportunities.tenant = 'acme'; SELECT opportunities.create_crm('shared', tenant => true)"))
for schema in ('crm', 'shared'):
    Mapped = automap_base(metadata=MetaData(schema=schema))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        Mapped.prepare(autoload_with=engine, schema=schema)
        configure_mappers()
    opportunity = Mapped.classes.opportunity
    keys = {r.key: {local.name: remote.name for local, remote in r.local_remote_pairs if local.name != 'tenant_id'}
        for r in inspect(opportunity).relationships if r.direction.name == 'MANYTOONE'}
    assert keys == {'account': {'account_id': 'id'}, 'pipeline': {'pipeline_id': 'id'}, 'stage': {'stage_id': 'id', 'pipeline_id': 'pipeline_id'}}, keys
    needed = [c.name for c in opportunity.__table__.columns if not c.nullable and c.server_default is None and c.identity is None]
    assert sorted(needed) == ['pipeline_id', 'title'], needed

# the models without a tenant are those of a CRM with tenants
tenant = create_engine(engine.url, connect_args={'options': '-c opportunities.tenant=acme'}, execution_options={'schema_translate_map': {'crm': 'shared'}})
with tenant.begin() as connection:
    connection.execute(text("INSERT INTO shared.pipeline (id, name) VALUES (1, 'Sales')"))
with Session(tenant) as session:
    deal = Opportunity(account=Account(name='Alborz'), pipeline_id=1, title='Network', lines=[OpportunityLine(unit_price=5)])
    session.add(deal)
    session.commit()
    deal.title = 'Network for two'
    session.commit()
    assert (deal.version, deal.amount, deal.account.name) == (3, 5, 'Alborz')
    assert session.scalar(text('SELECT tenant_id FROM shared.opportunity')) == 'acme'
