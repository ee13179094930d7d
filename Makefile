# make demo    a pool under a real systemd, step by step, with figures
# make test    every test: units, processes, and pools under systemd in containers
# make bench   footprint and idle cost of a master
# make fuzz    every parser of foreign bytes, SECONDS=60 SEED=1; see Tests/Fuzz/README.md
# make sanitize  unit tests under AddressSanitizer and ThreadSanitizer; see Tests/sanitize
# make deb     build/deb/martlet_VERSION_amd64.deb
#
# Each installs what it needs with apt-get (as root) and keeps what it makes in build/ and .build/.

include packaging/deb.mk

.PHONY: demo test unit-tests system-tests fuzz sanitize bench lint setup clean

demo: setup deb
	Tests/System/demo

test: unit-tests system-tests

# Warnings are errors: the project's own, as the linker's are not seen by this.
unit-tests: setup
	swift test -Xswiftc -warnings-as-errors

system-tests: setup deb
	Tests/System/run

fuzz: setup
	Tests/Fuzz/run --seconds '$(or $(SECONDS),60)' --seed '$(or $(SEED),1)'

sanitize: setup
	Tests/sanitize

bench: setup
	bench/run

lint: setup
	swift format lint --recursive --strict --parallel Package.swift Sources Tests
	.ci/lint

setup:
	.ci/setup

clean:
	rm -rf .build build
