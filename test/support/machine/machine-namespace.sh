#!/bin/sh
# The part of the nspawn driver that must run inside the machine's own mount and process namespaces: no mount of a test
# machine is ever visible to the host, and when the first process of the namespaces ends, the kernel ends all others.
# It is run by nspawn.ts only.
#
#   machine-namespace.sh hold DIRECTORY LOWER STAYER…      mounts DIRECTORY/root, prints "ready", becomes STAYER
#   machine-namespace.sh boot CGROUP NSPAWN-ARGUMENT…      becomes systemd-nspawn in a control group of its own
set -eu
cgroups=/sys/fs/cgroup

# mount_layer DISK LOWER TARGET
mount_layer() {
  mkdir -p "$1/upper" "$1/work"
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$3"
}

hold() {
  directory=$1 lower=$2
  shift 2
  # nspawn boots a unified hierarchy, whatever the host itself uses.
  if [ "$(stat --file-system --format=%T "$cgroups")" != cgroup2fs ]; then
    mount -t cgroup2 cgroup2 "$cgroups"
  fi
  # nspawn's bookkeeping of machines that were killed would stay behind on the host.
  mkdir -p /run/systemd/nspawn
  mount -t tmpfs -o mode=0755 tmpfs /run/systemd/nspawn
  # Inside a container / is itself an overlay, which cannot carry the upper layer of another one; memory can.
  if ! mount_layer "$directory/disk" "$lower" "$directory/root"; then
    echo "overlay on the disk refused; using memory instead" >&2
    mount -t tmpfs -o mode=0755 tmpfs "$directory/disk"
    mount_layer "$directory/disk" "$lower" "$directory/root"
  fi
  mkdir -p "$directory/disk/containers"
  # What is a file system of its own on the host is an empty directory in the overlay of /.
  for top in etc home opt root usr var; do
    if mountpoint -q "$lower/$top"; then
      mkdir "$directory/disk/$top"
      mount_layer "$directory/disk/$top" "$lower/$top" "$directory/root/$top"
    fi
  done
  echo ready
  exec "$@"
}

boot() {
  # Without a group of its own two machines would share /payload, and each systemd would manage the other's services.
  # A host that forbids it (read-only cgroups) can still run one machine at a time.
  if mkdir -p "$cgroups/$1"; then echo $$ >"$cgroups/$1/cgroup.procs"; fi
  shift
  exec systemd-nspawn "$@"
}

command=$1
shift
"$command" "$@"
