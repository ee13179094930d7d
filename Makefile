# make demo      a pool under a real systemd, step by step, with figures
# make test      every test: units, processes, and pools under systemd in containers
# make machine-tests  system tests in a virtual machine with Linux 6.1 and all controllers of control
#                groups, an hour or more without KVM: ONLY="survives-* clean-ends"
# make simulate  the core against worlds of trouble: SEED=1 SEEDS=1000 EVENTS=10000 JOBS=2
# make mutants   broken cores, each of which the simulation must notice
# make chaos     faults of every kind under load, under a real systemd: SECONDS=600 SEED=1 SYSTEMD=trixie
# make fuzz      every parser of foreign bytes: SECONDS=60 SEED=1; see Tests/Fuzz/README.md
# make sanitize  unit tests under AddressSanitizer and ThreadSanitizer; see Tests/sanitize
# make examples  build/examples/release: workers in Swift, from a package of their own
# make bench     what a master costs, beside its peers: short; see bench/README.md
# make bench-full  the same with all peers, about an hour, and into docs/performance.md
# make documentation  build/documentation/*.doccarchive: the libraries for workers and clusters in Swift
# make deb       build/deb/martlet_VERSION_amd64.deb
#
# Each installs what it needs with apt-get (as root) and keeps what it makes in build/ and .build/.

include packaging/deb.mk

.PHONY: demo test unit-tests system-tests machine-tests examples chaos simulate mutants fuzz sanitize bench bench-full \
	documentation lint setup clean

demo: setup deb
	Tests/System/demo

test: unit-tests system-tests

# Warnings are errors: the project's own, as the linker's are not seen by this.
unit-tests: setup
	swift test -Xswiftc -warnings-as-errors

system-tests: setup deb examples
	Tests/System/run

machine-tests: setup deb examples
	Tests/System/machine $(foreach pattern,$(ONLY),--only '$(pattern)')

# With Swift's run-time linked in: they run in containers that have no Swift. The plan is made anew each
# time, as it does not notice a file that has come to the package it depends on.
examples: setup
	rm -f build/examples/*.yaml
	swift build --package-path Examples --scratch-path build/examples --configuration release \
		--static-swift-stdlib

simulate: setup
	@swift build --configuration release --product simulate
	@"$$(swift build --configuration release --show-bin-path)/simulate" \
		--seed '$(or $(SEED),1)' --seeds '$(or $(SEEDS),1000)' \
		--events '$(or $(EVENTS),10000)' --jobs '$(or $(JOBS),2)'

mutants: setup
	Tests/Mutants/run --jobs '$(or $(JOBS),2)'

# The arguments are looked at before minutes are spent on a package.
chaos_arguments = $(if $(SECONDS),--seconds '$(SECONDS)') $(if $(SEED),--seed '$(SEED)') \
	$(if $(SYSTEMD),--systemd '$(SYSTEMD)')
chaos:
	@Tests/System/chaos/run --check $(chaos_arguments)
	@$(MAKE) --no-print-directory setup deb
	@Tests/System/chaos/run $(chaos_arguments)

fuzz: setup
	Tests/Fuzz/run --seconds '$(or $(SECONDS),60)' --seed '$(or $(SEED),1)'

sanitize: setup
	Tests/sanitize

bench: setup
	bench/run

# Workers in Swift are the examples.
bench-full: setup examples
	bench/run --full
	bench/publish

documentation: setup
	docs/build-archive

lint: setup
	swift format lint --recursive --strict --parallel Package.swift Sources Tests Examples bench
	.ci/lint

setup:
	.ci/setup

clean:
	rm -rf .build build
