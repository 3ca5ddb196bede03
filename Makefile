# rollcall: rollcalld, rollcall and rollcallctl from C11, POSIX.1-2008 and nothing else.
# `make` builds into build/, `make check` tests it, `make install` installs it.

VERSION = 0.1.0

CC ?= cc
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
HARDENING = -fstack-protector-strong
ifeq ($(SANITIZE),)
HARDENING += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

# B=DIR builds elsewhere; SANITIZE=address,undefined instruments; POSIX_ONLY=1 leaves out what only
# one system has (server/platform.c).
B = build
ALL_CPPFLAGS = -I. -DROLLCALL_VERSION='"$(VERSION)"' $(if $(POSIX_ONLY),-DPOSIX_ONLY=1) $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(WARNINGS) $(HARDENING) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(CFLAGS)
ALL_LDFLAGS = $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

prefix = /usr/local
exec_prefix = $(prefix)
bindir = $(exec_prefix)/bin
sbindir = $(exec_prefix)/sbin
datarootdir = $(prefix)/share
mandir = $(datarootdir)/man
unitdir = $(prefix)/lib/systemd/system
INSTALL = install

WIRE = server/protocol.c server/line.c server/text.c
PROGRAMS = $(B)/rollcalld $(B)/rollcall $(B)/rollcallctl

# Every program is its directory's files and the rooms it may enter.
rollcalld_SOURCES = $(wildcard server/*.c) shm/lock.c shm/registry.c
rollcall_SOURCES = $(wildcard client/*.c) $(WIRE)
rollcallctl_SOURCES = $(wildcard shm/*.c) server/text.c

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

all: $(PROGRAMS)
.PHONY: all check install uninstall clean

define program
$(B)/$(1): $(call objects,$($(1)_SOURCES))
	$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LDLIBS) -pthread
endef
$(foreach p,rollcalld rollcall rollcallctl,$(eval $(call program,$(p))))

# The stamp's content is the flags: other flags make other objects.
$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

.PHONY: force
$(B)/flags: force
	@mkdir -p $(B)
	@flags='$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS))'; \
	printf '%s\n' "$$flags" | cmp -s - $@ || printf '%s\n' "$$flags" > $@

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d)

clean:
	rm -rf $(B)
