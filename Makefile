EXTENSION = opportunities
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" opportunities.control)

MODULE_big = $(EXTENSION)
OBJS = $(patsubst %.c,%.o,$(wildcard src/*.c))
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers

# The SQL half, in load order.
SQL = $(addprefix sql/,schema.sql settings.sql rule.sql stage.sql opportunity.sql crm.sql check.sql)
DATA_built = $(EXTENSION)--$(EXTVERSION).sql

TESTS = $(wildcard test/sql/*.sql)
REGRESS = $(patsubst test/sql/%.sql,%,$(TESTS))
REGRESS_OPTS = --inputdir=test --outputdir=.build/regress --load-extension=$(EXTENSION)

SPECS = $(wildcard test/isolation/specs/*.spec)
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(SPECS))
ISOLATION_OPTS = --inputdir=test/isolation --outputdir=.build/isolation --load-extension=$(EXTENSION)

EXTRA_CLEAN = $(DATA_built)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(DATA_built): $(SQL) opportunities.control
	cat $(SQL) > $@
