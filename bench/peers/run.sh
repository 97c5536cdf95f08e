#!/bin/bash
# Runs a command in a control group of its own, and prints when it began and ended, in seconds since the epoch. Its output
# goes to /run/bench-peer.log.
#
#   run.sh PUSH COMMAND…      PUSH: a line of shell that is run just before the command
set -euo pipefail
push=$1
shift
group=/sys/fs/cgroup/bench-peer
mkdir -p $group
echo "$EPOCHREALTIME"
eval "$push"
(
  echo $BASHPID >$group/cgroup.procs
  exec "$@"
) >/run/bench-peer.log 2>&1 || { tail -n 40 /run/bench-peer.log >&2; exit 1; }
echo "$EPOCHREALTIME"
