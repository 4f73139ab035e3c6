/* The negative control of scripts/checked: bugs that a sanitizer or valgrind must report. Never installed elsewhere. */

#include "postgres.h"

#include <stdlib.h>

#include "fmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(whisper_control);

Datum
whisper_control(PG_FUNCTION_ARGS)
{
	int			shift = PG_GETARG_INT32(0);
	volatile char *block = malloc(8);
	int			found = block[8 + shift - shift];	/* a byte behind its block */

	found += 1 << (shift + 40); /* no shift of an int */
	free((void *) block);
	PG_RETURN_INT32(found);
}
