#!/bin/sh
# The end-to-end tests on the machine of Dockerfile.test, for hosts on which Podman needs help: one whose cgroup hierarchy is
# mixed or legacy (the tests' mount namespace then sees cgroup2 alone), or that may not raise its resource limits (the
# machines then get the limits that are there). Everywhere else the two commands in Dockerfile.test are enough.
#
#   sudo scripts/container-test.sh [BASE-IMAGE] [-- VITEST-ARGUMENT…]
set -eu

if [ "${CONTAINER_TEST_NAMESPACE:-}" = "" ]; then
  CONTAINER_TEST_NAMESPACE=1 exec unshare --mount -- "$0" "$@"
fi

base=debian:trixie
if [ $# -gt 0 ] && [ "$1" != -- ]; then
  base=$1
  shift
fi
if [ "${1:-}" = -- ]; then shift; fi
cd "$(dirname "$0")/.."

if [ "$(stat --file-system --format=%T /sys/fs/cgroup)" != cgroup2fs ]; then
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi

podman build --isolation=chroot --network=host --build-arg "BASE=$base" -f Dockerfile.test -t gitops-agent-test .

limit() { prlimit "--$1" --output HARD --noheadings --raw --pid $$; }
# Podman lowers its own limit of processes to what the kernel can number.
processes=$(printf '%s\n' "$(limit nproc)" "$(cat /proc/sys/kernel/pid_max)" | sort -n | head -n 1)
files=$(limit nofile)
export CONTAINER_RUN_OPTIONS="--ulimit=nofile=$files:$files --ulimit=nproc=$processes:$processes --pids-limit=-1"
export CONTAINER_ENGINE=podman E2E_ROOTS=container
exec npx vitest run --project e2e "$@"
