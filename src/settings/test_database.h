#ifndef TEST_DATABASE_H
#define TEST_DATABASE_H

#include "postgres.h"

extern void define_test_database_setting(void);
extern bool is_test_database(void);

#endif
