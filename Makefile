# rollcalld, rollcall and rollcallctl, in C11 and POSIX.1-2008 and nothing else.
# `make` builds into build/, `make check` runs the tests, `make install` installs, `make installcheck`
# runs what is installed, `make dist` packs the sources.

VERSION = 0.1.0

CC ?= cc
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
HARDENING = -fstack-protector-strong -fPIE
ifeq ($(SANITIZE),)
HARDENING += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

# How rollcalld is linked: static-pie, static or dynamic; auto takes the first of these that works. A
# handler of a dynamic program costs twice as much (CONTRIBUTING.md). The other two programs are
# always dynamic, because they need the name service switch, and gain nothing, because they do not fork.
TOGETHER = -Wl,-T,server/handler.ld,-z,max-page-size=65536
LINK = $(if $(SANITIZE)$(POSIX_ONLY),dynamic,auto)

# B=DIR builds in another directory. SANITIZE=address,undefined adds the sanitizers. POSIX_ONLY=1
# leaves out what only one system has (server/system/). UNCONFINED=1 does not confine the handlers, to
# measure what the confinement costs.
B = build
# 64 bits for files' lengths and times where a machine has 32.
ALL_CPPFLAGS = -I. -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DROLLCALL_VERSION='"$(VERSION)"' $(if $(POSIX_ONLY),-DPOSIX_ONLY=1) $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(WARNINGS) $(HARDENING) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(CFLAGS)
# All symbols are resolved at the start (-z now), because otherwise each handler would resolve them
# again, for ten page faults; afterwards the tables of addresses are read-only (-z relro).
ALL_LDFLAGS = -Wl,-z,relro,-z,now $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

prefix = /usr/local
exec_prefix = $(prefix)
bindir = $(exec_prefix)/bin
sbindir = $(exec_prefix)/sbin
libexecdir = $(exec_prefix)/libexec
datarootdir = $(prefix)/share
mandir = $(datarootdir)/man
# a prefix of somebody's own, as in a home, has its own
sysconfdir = $(if $(filter /usr /usr/% /opt/%,$(prefix)),/etc,$(prefix)/etc)
unitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
# where bash, fish and zsh look for completions
bashdir = $(datarootdir)/bash-completion/completions
fishdir = $(datarootdir)/fish/vendor_completions.d
zshdir = $(datarootdir)/zsh/site-functions
INSTALL = install

WIRE = $(wildcard server/wire/*.c)
TABLE = $(wildcard shm/table/*.c)
CTL = $(wildcard shm/ctl/*.c)
PROGRAMS = $(B)/rollcalld $(B)/rollcall $(B)/rollcallctl

# The machine and system that the compiler builds for, as in s390x-linux-gnu, and whether programs for
# it are foreign to the machine that builds.
TARGET := $(or $(shell $(CC) -dumpmachine 2> /dev/null),$(shell uname -m)-$(shell uname -s | tr A-Z a-z))
FOREIGN := $(filter-out $(shell uname -m),$(firstword $(subst -, ,$(TARGET))))

# The system that rollcalld is built for, linux or posix (any other), and the system whose sandbox it
# uses: the sanitizers' runtime needs more files and system calls than the Linux sandbox permits.
SYSTEM := $(if $(POSIX_ONLY),posix,$(if $(findstring linux,$(TARGET)),linux,posix))
SANDBOX := $(if $(SANITIZE)$(UNCONFINED),posix,$(SYSTEM))
ELSEWHERE = $(filter-out %/platform_$(SYSTEM).c %/program_$(SYSTEM).c %/sandbox_$(SANDBOX).c \
    %/sandbox_$(SANDBOX)_calls.c, \
    $(wildcard $(foreach part,platform program sandbox,server/system/$(part)_*.c)))

# Each program is built from its folders; all three include the wire.
rollcalld_SOURCES = $(filter-out $(ELSEWHERE),$(wildcard server/*.c server/*/*.c)) $(TABLE)
rollcall_SOURCES = $(wildcard client/*.c client/*/*.c) $(WIRE)
rollcallctl_SOURCES = $(CTL) $(TABLE) $(WIRE)

comma = ,
objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

# the page for browsers, client/page/, as bytes in rollcalld
PAGE = $(B)/obj/page.o

all: $(PROGRAMS)
.PHONY: all check install uninstall clean

link = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(1) $(LDLIBS) -pthread

$(B)/rollcalld: $(call objects,$(rollcalld_SOURCES)) $(PAGE) $(B)/link
	$(call link,$$(cat $(B)/link))

$(B)/rollcall: $(call objects,$(rollcall_SOURCES))
	$(call link,-pie)

$(B)/rollcallctl: $(call objects,$(rollcallctl_SOURCES))
	$(call link,-pie)

# The flag for the first way of linking that makes a working program; a foreign one is not run.
$(B)/link: $(B)/flags server/handler.ld
	@mkdir -p $(@D)
	@for way in $(if $(filter auto,$(LINK)),static-pie static dynamic,$(LINK)); do \
	    case $$way in dynamic) flag=-pie ;; *) flag="-$$way $(TOGETHER)" ;; esac; \
	    echo 'int main(void) { return 0; }' | $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $$flag \
	        -o $@.probe -x c - $(LDLIBS) -pthread 2> $@.errors && $(if $(FOREIGN),,$@.probe &&) break; \
	done && echo "rollcalld is linked $$way" && echo "$$flag" > $@ || { cat $@.errors; exit 1; }

# No program knows in which directory it was built, so builds can be compared.
HERE = -ffile-prefix-map='$(CURDIR)=.'

# $(B)/flags holds the flags and whatever else chooses the sources, so that a change rebuilds all objects.
$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(HERE) -MMD -MP -c -o $@ $<

$(B)/page.c: scripts/embed client/page $(wildcard client/page/*)
	@mkdir -p $(@D)
	./scripts/embed client/page > $@.new && mv $@.new $@

$(PAGE): $(B)/page.c server/web/page.h $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(HERE) -c -o $@ $<

.PHONY: force
$(B)/flags: force
	@mkdir -p $(B)
	@flags='$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LINK) $(SYSTEM) $(SANDBOX))'; \
	printf '%s\n' "$$flags" | cmp -s - $@ || printf '%s\n' "$$flags" > $@

-include $(wildcard $(addprefix $(B)/obj/,*/*.d */*/*.d */*/*/*.d))

# ---- tests: `make check` uses the tools that are installed; scripts/check installs missing ones first

UNITS = $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
# all three programs except main()
UNDER_TEST = $(filter-out %/main.c,$(sort $(rollcalld_SOURCES) $(rollcall_SOURCES) $(rollcallctl_SOURCES)))

$(UNITS): $(B)/unit/%: $(B)/obj/tests/unit/%.o $(call objects,$(UNDER_TEST)) $(PAGE)
	@mkdir -p $(@D)
	$(call link,-pie)

TOOLS = $(patsubst tests/tools/%.c,$(B)/tools/%,$(wildcard tests/tools/*.c))

$(TOOLS): $(B)/tools/%: $(B)/obj/tests/tools/%.o $(call objects,$(WIRE))
	@mkdir -p $(@D)
	$(call link,-pie)

TRANSCRIPT = $(B)/tools/transcript/transcript

$(TRANSCRIPT): $(call objects,$(wildcard tests/tools/transcript/*.c) $(WIRE))
	@mkdir -p $(@D)
	$(call link,-pie)

# The harnesses of tests/fuzz, built here to replay given inputs. `make fuzz` builds one with clang's
# libFuzzer, to search for new inputs.
FUZZERS = $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(FUZZERS): $(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(call objects,tests/fuzz/replay.c $(UNDER_TEST)) $(PAGE)
	@mkdir -p $(@D)
	$(call link,-pie)

# a rollcalld whose handlers attack the table (tests/hostile.bats)
hostile_SOURCES = $(filter-out server/handler/%,$(rollcalld_SOURCES)) tests/hostile/session.c

$(B)/hostile/rollcalld: $(call objects,$(hostile_SOURCES)) $(PAGE)
	@mkdir -p $(@D)
	$(call link,-pie)

# programs for tests/upgrade.bats to put into rollcalld's place: one for each way to be wrong, and a
# rollcalld whose table has another layout; linked like rollcalld
BAD = $(foreach way,aborts hangs closes talks lies,$(B)/upgrade/$(way))

$(BAD): $(B)/upgrade/%: tests/upgrade/bad.c $(B)/flags $(B)/link
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -DBAD=$* $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $$(cat $(B)/link) $(LDLIBS)

$(B)/upgrade/layout: $(call objects,$(rollcalld_SOURCES) tests/upgrade/layout.c) $(PAGE) $(B)/link
	@mkdir -p $(@D)
	$(call link,$$(cat $(B)/link) -Wl$(comma)--wrap=registry_layout)

# two versions to upgrade to and from: another number alone, and one that also hands over more
NEXT = $(B)/upgrade/next/rollcalld $(B)/upgrade/next/rollcallctl $(B)/upgrade/more
NUMBERED := $(shell grep -l ROLLCALL_VERSION server/*.c server/*/*.c shm/ctl/*.c)
next = $(patsubst %.c,$(B)/obj/next/%.o,$(filter $(NUMBERED),$(1))) $(call objects,$(filter-out $(NUMBERED),$(1)))

$(B)/obj/next/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) -UROLLCALL_VERSION -DROLLCALL_VERSION='"$(VERSION).next"' $(ALL_CFLAGS) $(HERE) \
	    -MMD -MP -c -o $@ $<

$(B)/upgrade/next/rollcalld: $(call next,$(rollcalld_SOURCES)) $(PAGE) $(B)/link
	@mkdir -p $(@D)
	$(call link,$$(cat $(B)/link))

$(B)/upgrade/next/rollcallctl: $(call next,$(rollcallctl_SOURCES))
	@mkdir -p $(@D)
	$(call link,-pie)

$(B)/upgrade/more: $(call next,$(rollcalld_SOURCES)) $(call objects,tests/upgrade/more.c) $(PAGE) $(B)/link
	@mkdir -p $(@D)
	$(call link,$$(cat $(B)/link) -Wl$(comma)--wrap=log_carry)

# what the bats tests need beside the programs, and all tests
tools: $(TOOLS) $(TRANSCRIPT) $(B)/hostile/rollcalld $(BAD) $(B)/upgrade/layout $(NEXT)
units: tools $(UNITS) $(FUZZERS)
.PHONY: tools units

# ---- fuzzing: make fuzz FUZZ=request SECONDS=3600

FUZZ = request
SECONDS = 60

fuzz: $(B)/page.c
	@mkdir -p $(B)/fuzz/found/$(FUZZ)
	clang -O1 -g -std=c11 -I. -DROLLCALL_VERSION='"$(VERSION)"' \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
	    -o $(B)/fuzz/libfuzzer_$(FUZZ) tests/fuzz/fuzz_$(FUZZ).c $(UNDER_TEST) $(B)/page.c -pthread
	$(B)/fuzz/libfuzzer_$(FUZZ) -max_total_time=$(SECONDS) -close_fd_mask=3 -print_final_stats=1 \
	    -artifact_prefix=$(B)/fuzz/ $(B)/fuzz/found/$(FUZZ) tests/fuzz/corpus/$(FUZZ)

.PHONY: fuzz

# ---- kills a handler after every instruction of its life (Linux on x86-64); takes a quarter of an hour

$(B)/crash/crash: $(B)/obj/tests/crash/crash.o $(call objects,$(WIRE) $(TABLE) shm/ctl/check.c)
	@mkdir -p $(@D)
	$(call link,-pie)

crash: $(B)/rollcalld $(B)/crash/crash
	$(B)/crash/crash $(B)/rollcalld

.PHONY: crash

# ---- models, searched by spin(1): the lock's, for safety and then for termination under weak fairness;
# that of wake-ups, and a wrong variant of it, in which spin must find the lost wake-up

HANDLERS = 2

model: model-lock model-bell

model-lock:
	@mkdir -p $(B)/model
	cd $(B)/model && spin -a -DN=$(HANDLERS) '$(CURDIR)/tests/model/lock.pml' > /dev/null && \
	$(CC) -O2 -w -DSAFETY -DNOCLAIM -DCOLLAPSE -o safety pan.c && \
	$(CC) -O2 -w -DNFAIR=4 -DCOLLAPSE -o ends pan.c && \
	for search in "./safety -m1000000" "./ends -a -f -m1000000"; do \
	    $$search > found; \
	    grep -e 'errors:' -e 'states, stored' -e 'violated' -e 'cycle (' found; \
	    grep -q 'errors: 0' found && ! grep -q 'not completed' found || exit 1; \
	done

model-bell:
	@mkdir -p $(B)/model/bell
	cd $(B)/model/bell && for variant in right WRONG EARLY; do \
	    spin -a -D$$variant '$(CURDIR)/tests/model/bell.pml' > /dev/null && \
	    $(CC) -O2 -w -DSAFETY -DNOCLAIM -DCOLLAPSE -o bell pan.c && ./bell -m1000000 > found; \
	    echo "$$variant:"; grep -e 'errors:' -e 'states, stored' -e 'violated' found; \
	    case $$variant in \
	    right) grep -q 'errors: 0' found && ! grep -q 'not completed' found ;; \
	    WRONG | EARLY) grep -q 'assertion violated' found ;; \
	    esac || exit 1; \
	done

.PHONY: model model-lock model-bell

# ---- speed: `make bench` compares with the bare system calls; `make counts` prints the figures that
# are the same in every run

BENCH = $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))

# linked like rollcalld, because the two are compared
$(B)/bench/limit: $(B)/obj/tests/bench/limit.o $(B)/link
	@mkdir -p $(@D)
	$(call link,$$(cat $(B)/link))

$(filter-out %/limit,$(BENCH)): $(B)/bench/%: $(B)/obj/tests/bench/%.o $(call objects,$(WIRE) $(TABLE))
	@mkdir -p $(@D)
	$(call link,-pie)

bench-tools: $(BENCH)
.PHONY: bench-tools bench counts

bench: all bench-tools
	@ROLLCALL_BUILD='$(B)' ./scripts/bench

counts: all bench-tools
	@ROLLCALL_BUILD='$(B)' ./scripts/bench counts

check:
	@ROLLCALL_INSTALL=no POSIX_ONLY='$(POSIX_ONLY)' ./scripts/check

# ---- installing

PAGES = $(wildcard man/*.[1-8])
page_path = $(DESTDIR)$(mandir)/man$(patsubst .%,%,$(suffix $(1)))/$(notdir $(1))

# SOURCE>TARGET: in these files @bindir@, @sbindir@ and @sysconfdir@ are replaced. What the administrator
# may have changed is not overwritten, and stays.
FILES = $(foreach u,$(notdir $(wildcard scripts/systemd/*@.*)),scripts/systemd/$(u)>$(unitdir)/$(u)) \
    scripts/systemd/sysusers.conf>$(sysusersdir)/rollcall.conf \
    $(foreach p,$(notdir $(PROGRAMS)),scripts/completions/bash>$(bashdir)/$(p) scripts/completions/fish>$(fishdir)/$(p).fish) \
    $(foreach p,rollcall rollcallctl,scripts/completions/zsh>$(zshdir)/_$(p))
SETTINGS = scripts/main.conf>$(sysconfdir)/rollcall/main.conf \
    scripts/logrotate>$(sysconfdir)/logrotate.d/rollcall
source = $(firstword $(subst >, ,$(1)))
target = $(DESTDIR)$(lastword $(subst >, ,$(1)))
put = mkdir -p '$(dir $(target))' && \
    sed 's|@sbindir@|$(sbindir)|; s|@bindir@|$(bindir)|; s|@sysconfdir@|$(sysconfdir)|' $(source) > '$(target)' && \
    chmod 644 '$(target)'

# The daemon is alone in a directory of its own, for rollcallctl upgrade (rollcalld(8), Upgrading). The link
# to it is relative where it can be, so that it is right in $(DESTDIR), too.
ours = $(libexecdir)/rollcall
beside = $(and $(filter $(exec_prefix)/sbin,$(sbindir)),$(filter $(exec_prefix)/libexec,$(libexecdir)))

install: $(PROGRAMS)
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(sbindir)' '$(DESTDIR)$(ours)' \
	    $(foreach s,1 7 8,'$(DESTDIR)$(mandir)/man$(s)')
	$(INSTALL) $(B)/rollcall $(B)/rollcallctl '$(DESTDIR)$(bindir)'
	$(INSTALL) $(B)/rollcalld '$(DESTDIR)$(ours)'
	ln -sf '$(if $(beside),../libexec/rollcall,$(ours))/rollcalld' '$(DESTDIR)$(sbindir)/rollcalld'
	$(foreach p,$(PAGES),$(INSTALL) -m 644 $(p) '$(call page_path,$(p))' &&) :
	$(foreach f,$(FILES),$(call put,$(f)) &&) :
	$(foreach f,$(SETTINGS),{ [ -e '$(call target,$(f))' ] || { $(call put,$(f)); }; } &&) :

uninstall:
	rm -f '$(DESTDIR)$(bindir)/rollcall' '$(DESTDIR)$(bindir)/rollcallctl' '$(DESTDIR)$(sbindir)/rollcalld' \
	    '$(DESTDIR)$(ours)/rollcalld' $(foreach p,$(PAGES),'$(call page_path,$(p))') $(foreach f,$(FILES),'$(call target,$(f))')
	-rmdir '$(DESTDIR)$(ours)'

installcheck:
	@DESTDIR='$(DESTDIR)' bindir='$(bindir)' sbindir='$(sbindir)' mandir='$(mandir)' unitdir='$(unitdir)' \
	    ./scripts/installcheck

# the sources; needs GNU tar
dist:
	@./scripts/dist '$(VERSION)' '$(B)/rollcall-$(VERSION).tar.gz'

.PHONY: installcheck dist

clean:
	rm -rf $(B)
