/* The module. */
#include "postgres.h"

#include "base/compat.h"
#include "base/error_detail.h"
#include "filter/matches.h"
#include "fmgr.h"
#include "rollup/rollup_answer.h"
#include "rollup/rollup_scan.h"
#include "settings/sent.h"
#include "settings/settings.h"

PG_MODULE_MAGIC_EXT(.name = "opportunities", .version = OPPORTUNITIES_VERSION);

extern PGDLLEXPORT void _PG_init(void);

/* The server calls this when it loads the library. */
void
_PG_init(void)
{
	define_rollup_answers();
	define_rollup_scans();
	define_settings();
	define_matches();
	describe_errors();
	send_settings_to_servers();
}
