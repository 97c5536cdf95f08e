#!/bin/sh
# Runs a command in a machine that systemd-nspawn boots, as a member of the machine's control groups: systemd refuses some
# requests of a process that it cannot see in them. It is run by nspawn.ts only.
#
#   enter-machine.sh PID COMMAND…      PID: the machine's PID 1, as this host numbers it
set -eu
pid=$1
shift
group=/proc/$pid/root/sys/fs/cgroup/gitops-agent-test
[ -d "$group" ] || mkdir -p "$group"
echo $$ >"$group/cgroup.procs"
exec nsenter "--target=$pid" --mount --uts --ipc --net --pid --cgroup -- "$@"
