#pragma once
// The only place that includes PostgreSQL's headers. Standard C++ and Boost come first: port.h redefines snprintf
// and friends, and a server without NLS turns gettext() into a macro.

#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <locale>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/container/pmr/memory_resource.hpp>
#include <boost/container/pmr/vector.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/container/vector.hpp>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wregister"   // atomics in PostgreSQL 15
#pragma GCC diagnostic ignored "-Wvolatile"   // HOLD_INTERRUPTS and spinlocks in C++20
extern "C" {
#include "postgres.h"

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "catalog/objectaccess.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/elog.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"
}
#pragma GCC diagnostic pop

// PostgreSQL macros that collide with ordinary C++ identifiers.
#undef Abs
#undef Max
#undef Min
#undef _
#undef gettext
#undef dgettext
#undef ngettext
#undef dngettext
#undef printf
#undef fprintf
#undef snprintf
#undef vsnprintf
#undef sprintf
#undef vsprintf
