#ifndef MATCHES_DEPEND_H
#define MATCHES_DEPEND_H

#include "postgres.h"

#include "nodes/pathnodes.h"

extern bool depend_on(PlannerGlobal *glob, Oid table);

#endif
