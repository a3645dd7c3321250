#ifndef DOCUMENT_ACCOUNT_H
#define DOCUMENT_ACCOUNT_H

#include "postgres.h"

#include "triggers/row.h"

/* The columns of a document that say whom it is for, and where it takes that from. */
typedef struct AccountColumns
{
	int account_id;
	int account_name;
	int opportunity_id;
	int invoice_id; /* of a return, which has none but that of its invoice */
} AccountColumns;

extern void take_account(Row *row, const AccountColumns *columns, bool is_return);

#endif
