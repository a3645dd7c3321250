# The sources' folder, which is another one than that where it is built with make -f or VPATH.
ROOT := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
sources = $(patsubst $(ROOT)/%,%,$(wildcard $(addprefix $(ROOT)/,$(1))))

EXTENSION = opportunities
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" '$(ROOT)/opportunities.control')

# ICU as pkg-config knows it, or as it is given.
LIBICU_CFLAGS := $(shell pkg-config --cflags icu-uc icu-i18n 2>/dev/null)
LIBICU_LIBS := $(shell pkg-config --libs icu-uc icu-i18n 2>/dev/null)

MODULE_big = $(EXTENSION)
OBJS := $(patsubst %.c,%.o,$(call sources,src/*.c src/*/*.c))
BITCODE := $(OBJS:.o=.bc)
# The headers of 15 can't be read as C23, those of 19 may be nothing else. -Wclobbered takes the server's PG_TRY for a fault where a function with one is inlined.
PG_CFLAGS = $(if $(filter 15 16 17 18,$(MAJORVERSION)),-std=gnu11) -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -Wno-clobbered
PG_CPPFLAGS += -I$(srcdir)/src $(LIBICU_CFLAGS)
SHLIB_LINK += $(LIBICU_LIBS)

# Only what SQL calls is exported, and a call within the library stays in it, whatever else the process has loaded.
PG_CFLAGS += -fvisibility=hidden
SHLIB_LINK += $(if $(filter darwin,$(PORTNAME)),,-Wl,-Bsymbolic)

# The SQL half, in load order.
SQL = $(addprefix sql/,schema.sql settings.sql fold.sql period.sql calendar.sql totals.sql money.sql \
	trigger.sql team.sql stage.sql target.sql currency.sql line.sql opportunity.sql stage_change.sql change_log.sql document.sql activity.sql \
	rollup.sql saved_filter.sql saved_view.sql custom.sql filter.sql matches.sql \
	fields.sql exchange_rate.sql forecast.sql attainment.sql board.sql list.sql report.sql my_rights.sql live.sql history.sql \
	move.sql edit.sql bulk.sql retire_stage.sql issue.sql log_activity.sql \
	crm.sql check.sql row_check.sql erase.sql upgrade.sql name_currency.sql)

# What create_crm runs, in this order; the starter and live updates only where they are asked for.
CRM = $(addprefix sql/crm/,sales.sql activities.sql choices.sql labels.sql users.sql custom.sql products.sql documents.sql currencies.sql targets.sql \
	filters.sql views.sql history.sql bi.sql starter.sql live.sql)
DATA_built = $(EXTENSION)--$(EXTVERSION).sql
DATA := $(call sources,sql/update/*.sql)

TESTS := $(call sources,test/sql/*.sql)
REGRESS = $(patsubst test/sql/%.sql,%,$(TESTS))
REGRESS_OPTS = --inputdir=.build/input --outputdir=.build/regress --load-extension=$(EXTENSION)
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(call sources,test/isolation/specs/*.spec))
ISOLATION_OPTS = --inputdir=$(ROOT)/test/isolation --outputdir=.build/isolation --load-extension=$(EXTENSION)
REGRESS_PREP = .build

EXTRA_CLEAN = $(DATA_built)

# What a developer calls. These install and find what they need, so they work before pg_config is there.
DEV = demo demo-stop page check check-sources check-clients check-versions check-packages check-upgrade check-storm check-waterfall check-limits check-asserts check-sanitizers check-citus fuzz bench format
.PHONY: $(DEV)

ifneq ($(filter $(DEV),$(MAKECMDGOALS)),)

demo:
	@dev/demo

demo-stop:
	@dev/server stop

page:
	@dev/page

check:
	@dev/check

check-sources:
	@dev/check-sources

check-clients:
	@dev/check-clients

check-versions:
	@dev/check-version trixie sid experimental

check-packages:
	@dev/check-package bookworm trixie sid

check-upgrade:
	@dev/check-upgrade

# Three storms of some minutes over commands, and three over rollups; STORM_SEED repeats one's people and kills, though not their moments.
check-storm:
	@status=0; for storm in 011_storm 030_rollup_storm 011_storm 030_rollup_storm 011_storm 030_rollup_storm; do \
		STORM_SECONDS=$${STORM_SECONDS:-300} dev/check test/t/$$storm.pl || status=1; \
	done; exit $$status

check-limits:
	@dev/requirements
	@dev/server start
	@dev/server run test/limits/run

check-asserts:
	@dev/check-debug asserts

check-sanitizers:
	@dev/check-debug sanitizers

check-citus:
	@dev/check-citus

check-waterfall:
	@dev/requirements
	@dev/server start
	@dev/server run test/waterfall/run

fuzz:
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-3600} dev/check test/t/012_fuzz.pl

bench:
	@dev/requirements
	@dev/server start
	@dev/server run test/bench/run

format:
	clang-format-14 -i src/*.c src/*/*.[ch]

# PGXS's goals beside one of these.
$(filter-out $(DEV),$(MAKECMDGOALS)):
	@$(MAKE) $@

.NOTPARALLEL:

else

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error $(PG_CONFIG) finds no PostgreSQL server headers: run dev/requirements, or give PG_CONFIG=/path/to/pg_config)
endif
include $(PGXS)

$(OBJS) $(BITCODE): $(call sources,src/*/*.h) Makefile | folders icu
$(BITCODE): | clang
src/opportunities.o src/opportunities.bc: override CPPFLAGS += -DOPPORTUNITIES_VERSION='"$(EXTVERSION)"'
src/opportunities.o src/opportunities.bc: opportunities.control

folders:
	@mkdir -p $(sort $(dir $(OBJS)))

icu:
	@[ -n '$(LIBICU_LIBS)' ] || { echo 'ICU is missing, or pkg-config, which finds it: install them (Debian: libicu-dev pkg-config),' \
		'or give LIBICU_CFLAGS and LIBICU_LIBS.' >&2; exit 1; }

clang:
	@command -v '$(CLANG)' >/dev/null || { echo 'This server compiles expressions with LLVM, and $(CLANG) is missing, which makes' \
		'what it needs of an extension: install it, or build without: make with_llvm=no' >&2; exit 1; }

$(DATA_built): $(SQL) $(CRM) dev/crm-definition opportunities.control Makefile
	(cd '$(ROOT)' && cat $(SQL) && dev/crm-definition $(CRM)) > $@

# pg_regress looks for sql/ and expected/ in one folder, and tests for their files in test/ and examples/.
.build:
	@mkdir -p $@/input
	@ln -sfn '$(if $(filter .,$(ROOT)),../..,$(abspath $(ROOT)))/test/sql' $@/input/sql
	@ln -sfn '$(if $(filter .,$(ROOT)),../..,$(abspath $(ROOT)))/expected' $@/input/expected
	@for folder in test examples; do [ -e $$folder ] || ln -s '$(ROOT)/'$$folder $$folder; done

.PHONY: folders icu clang .build

endif
