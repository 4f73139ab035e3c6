# whisper_migrate: PGXS build of the extension. `make help` lists what there is.

EXTENSION  = whisper_migrate
MODULE_big = $(EXTENSION)
HERE      := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" '$(HERE)/$(EXTENSION).control')

# Paths below are relative to the source directory, so that `make -f /path/to/Makefile` builds in any other directory.
find_here  = $(patsubst $(HERE)/%,%,$(sort $(wildcard $(addprefix $(HERE)/,$(1)))))
SOURCES    = $(call find_here,src/*/*.cpp src/*/*/*.cpp)
# UNITY=yes: one translation unit for each folder, in a third of the time. Without it a change costs one file.
UNITS     := $(if $(filter yes,$(UNITY)),$(shell '$(HERE)/scripts/unity-sources'))
OBJS       = $(patsubst %.cpp,%.o,$(or $(UNITS),$(SOURCES)))
DATA       = $(call find_here,$(EXTENSION)--*.sql)
PACK       = migrations/whisperengine
PACK_FILES = $(call find_here,$(PACK)/*.json $(PACK)/*/*.sql)

REGRESS        = $(patsubst sql/%.sql,%,$(call find_here,sql/*.sql))
REGRESS_OPTS   = --encoding=UTF8 --no-locale --load-extension=$(EXTENSION)
ISOLATION      = $(patsubst test/isolation/specs/%.spec,%,$(call find_here,test/isolation/specs/*.spec))
ISOLATION_OPTS = --inputdir=$(HERE)/test/isolation --encoding=UTF8 --no-locale --load-extension=$(EXTENSION)
PROVE_TESTS   ?= $(call find_here,test/t/*.pl)
TAP_TESTS      = $(if $(strip $(PROVE_TESTS)),1)
EXTRA_CLEAN    = $(SOURCES:.cpp=.o) $(SOURCES:.cpp=.d) .build-settings build output_iso tmp_check tmp_check_iso

# WHISPER_CXXFLAGS, WHISPER_LDFLAGS: for sanitizers and coverage; PGXS hands COPT and PROFILE to C alone.
PG_CPPFLAGS = -I$(HERE)/src -DBOOST_CONTAINER_DYN_LINK '-DWHISPER_VERSION="$(EXTVERSION)"'
PG_CXXFLAGS = -std=c++20 -Wextra -Wno-unused-parameter -fvisibility=hidden -fvisibility-inlines-hidden \
              $(if $(filter yes,$(WERROR)),-Werror)
SHLIB_LINK  = -lboost_container -lstdc++ $(WHISPER_LDFLAGS)

# JIT bitcode buys a migration engine nothing; `make BITCODE=yes` builds it all the same.
ifneq ($(BITCODE),yes)
override with_llvm = no
endif

.PHONY: all help test matrix fuzz sanitize valgrind quickstart quickstart-stop docs lint bench install-scripts install-pack uninstall-pack FORCE
all:

PG_CONFIG ?= pg_config
PGXS      := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

# PGXS has a "check" of its own, which only says that there is none.
ifeq ($(MAKECMDGOALS),check)

.PHONY: check
check:
	@'$(HERE)/scripts/check'

else ifneq ($(wildcard $(PGXS)),)

# Until PostgreSQL 16 PGDLLEXPORT is empty, and hidden visibility would hide the functions from the server.
PG_MAJOR := $(shell $(PG_CONFIG) --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
ifeq ($(PG_MAJOR),15)
PG_CPPFLAGS += '-DPGDLLEXPORT=__attribute__((visibility("default")))'
endif

include $(PGXS)

BITCODE_CXXFLAGS += -std=c++20
# A server built with a newer compiler hands its options down; this one is about the x87, and older g++ refuse it.
override CXXFLAGS := $(filter-out -fexcess-precision=standard,$(CXXFLAGS)) $(WHISPER_CXXFLAGS)
PG_PROVE_FLAGS   += -I $(HERE)/test/t

# The built-in rule knows no headers, makes no directories, and would keep objects of another server or other flags.
BUILD_SETTINGS = $(PGXS) $(shell $(PG_CONFIG) --version) $(CXX) $(CXXFLAGS) $(CPPFLAGS)
.build-settings: FORCE
	@printf '%s\n' '$(subst ','\'',$(BUILD_SETTINGS))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(BUILD_SETTINGS))' >$@

$(OBJS): %.o: %.cpp .build-settings
	@$(MKDIR_P) $(@D)
	$(COMPILE.cc) -MMD -MP -MF $(@:.o=.d) -o $@ $<
-include $(OBJS:.o=.d)

# The bundled pack keeps its folders; a file that a former version had must not stay behind as a migration.
pack_dir = $(DESTDIR)$(datadir)/$(EXTENSION)/$(PACK)
install: install-pack
install-pack: installdirs
	rm -rf '$(pack_dir)'
	@for file in $(PACK_FILES:$(PACK)/%=%); do \
	    $(MKDIR_P) "$$(dirname '$(pack_dir)'/$$file)" && \
	    $(INSTALL_DATA) '$(HERE)/$(PACK)'/$$file '$(pack_dir)'/$$file || exit 1; \
	done

uninstall: uninstall-pack
uninstall-pack:
	rm -rf '$(DESTDIR)$(datadir)/$(EXTENSION)'

else

all install installdirs uninstall installcheck check:
	@echo 'error: no PostgreSQL server development files found (PG_CONFIG=$(PG_CONFIG))' >&2
	@echo 'hint: install postgresql-server-dev-15 (or the version of your server), or name its pg_config: make PG_CONFIG=/path/to/pg_config;' >&2
	@echo 'hint: scripts/install-dependencies installs everything that is missing' >&2
	@exit 1

.PHONY: clean distclean maintainer-clean
clean distclean maintainer-clean:
	rm -f $(OBJS) $(OBJS:.o=.bc) $(MODULE_big).so
	rm -rf $(EXTRA_CLEAN) results regression.diffs regression.out tmp_check_regress

endif

help:
	@echo '$(EXTENSION) $(EXTVERSION)'
	@echo '  make                   build the module for the server of PG_CONFIG=pg_config'
	@echo '  make install           install it; the bundled migrations go to its share directory'
	@echo '  make installcheck      regression, isolation and TAP tests on a running server'
	@echo '  make quickstart        install what is missing, build, migrate and verify a throw-away database'
	@echo '  make quickstart-stop   end it and remove it'
	@echo '  make check             unit, regression and isolation tests, and the TAP tests of changed files (BASE=REVISION)'
	@echo '  make test              all tests on private servers; touches no installed server'
	@echo '  make matrix            the tests on every supported server, with the oldest and the newest g++, in a Debian chroot'
	@echo '  make fuzz SECONDS=60   fuzzers of what reads files, with sanitizers (clang); HARNESS= for some of them'
	@echo '  make sanitize          pg_regress under ASan and UBSan on an assert-enabled server in a Debian chroot'
	@echo '  make valgrind          the same under valgrind'
	@echo '  make bench             measure against psql, Alembic and others; writes docs/benchmarks.md (QUICK=yes: a minute)'
	@echo '  make docs              write docs/reference.md from the comments of the database that PGHOST etc. name'
	@echo '  make install-scripts   write the install and update scripts of the current version from sql/install'
	@echo '  make lint              clang-tidy over src/, and cppcheck where there is one'
	@echo 'variables: PG_CONFIG, UNITY=yes, WERROR=yes, BITCODE=yes, WHISPER_CXXFLAGS, WHISPER_LDFLAGS'

quickstart:
	@'$(HERE)/scripts/quickstart' start

quickstart-stop:
	@'$(HERE)/scripts/quickstart' stop

test:
	@'$(HERE)/scripts/run-tests'

matrix:
	@'$(HERE)/scripts/matrix'

SECONDS ?= 60
fuzz:
	@SECONDS_EACH='$(SECONDS)' '$(HERE)/scripts/fuzz' $(HARNESS)

sanitize valgrind:
	@'$(HERE)/scripts/checked' $@

bench:
	@'$(HERE)/scripts/bench'

docs:
	'$(HERE)/tools/generate-reference' >docs/reference.md.new && mv docs/reference.md.new '$(HERE)/docs/reference.md'

install-scripts:
	'$(HERE)/scripts/generate-install-scripts'

lint:
	! command -v cppcheck || cppcheck --std=c++20 --language=c++ --enable=warning,performance,portability \
	    --inline-suppr --quiet --error-exitcode=1 -I '$(HERE)/src' '$(HERE)/src'
	@'$(HERE)/scripts/lint'
