# Targets of the Debian package; included by the Makefile at the top.

.PHONY: deb deb-trixie lint-deb

# build/deb/martlet_VERSION_amd64.deb, with the swift in PATH.
deb:
	packaging/build-deb

# The same from source in a clean chroot of Debian 13, with Debian's swiftlang. Needs root.
deb-trixie:
	packaging/build-deb-trixie

# Lintian, man pages, units, catalog, shell scripts.
lint-deb: deb
	packaging/lint-deb
