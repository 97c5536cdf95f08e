#!/bin/sh
# Makes a root file system boot as a quiet test machine: nothing of the host starts in it (databases, web servers, apt
# timers, cloud agents, file systems of its fstab), whatever the host happens to have installed or enabled.
# It must change nothing outside ROOT, and is only ever given a throw-away overlay or an image that is being built.
#
#   quiet-root.sh ROOT
set -eu
root=${1%/}
units=$root/etc/systemd/system
generators=$root/etc/systemd/system-generators
mkdir -p "$units" "$generators"

mask() {
  ln -sfn /dev/null "$1"
}

# Enablement in /etc is the host's own choice: all of it goes, but for the bus, which systemd needs.
for link in "$units"/*.* "$units"/*.wants/* "$units"/*.requires/*; do
  [ -L "$link" ] || continue
  name=${link##*/}
  case $name in
    dbus.* | dbus-broker.* | *.target | *.slice) ;;
    *) mask "$units/$name" ;;
  esac
done

# Links below /usr are systemd's own, except for what other packages bring along. Of systemd's own, those that configure
# the kernel go too: a privileged container shares it with the host.
for link in "$root"/usr/lib/systemd/system/*.wants/* "$root"/lib/systemd/system/*.wants/*; do
  name=${link##*/}
  case $name in
    systemd-binfmt.* | systemd-modules-load.* | systemd-sysctl.* | systemd-udev*) mask "$units/$name" ;;
    systemd-* | dbus.* | dbus-broker.* | tmp.mount | run-lock.mount | dev-*.mount | *.target | *.slice) ;;
    *.service | *.socket | *.timer | *.path | *.mount | *.automount) mask "$units/$name" ;;
  esac
done

# Generators turn the host's fstab, SysV scripts, clusters and the like into units; the test machine wants quadlets only.
for generator in "$root"/usr/lib/systemd/system-generators/* "$root"/lib/systemd/system-generators/*; do
  name=${generator##*/}
  case $name in
    podman-system-generator | '*') ;;
    *) mask "$generators/$name" ;;
  esac
done

# Every machine gets an identity of its own at its first boot.
rm -f "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"

# A host with legacy control groups cannot give the machine the controller that Podman's default limit needs.
mkdir -p "$root/etc/containers/containers.conf.d"
printf '[containers]\npids_limit = 0\n' >"$root/etc/containers/containers.conf.d/50-test-machine.conf"

mkdir -p "$root/var/log/journal" # logs outlive a reboot
