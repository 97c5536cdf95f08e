#!/bin/sh
# Installs the built agent on this host: program, units, group and an example configuration. Starts nothing, and never
# overwrites a configuration. Run as root after `npm run build`.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
built=$here/dist
[ -f "$built/gitops-agent.cjs" ] || { echo "error: $built/gitops-agent.cjs is missing; run 'npm run build' first" >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "error: installing writes to /usr/local and /etc: run it as root" >&2; exit 2; }
[ ! -e /usr/lib/systemd/system/gitops-agent.service ] ||
  { echo "error: the Debian package of gitops-agent is installed, whose units these would hide: apt remove gitops-agent" >&2; exit 2; }
for command in node git systemctl; do
  command -v "$command" >/dev/null || { echo "error: $command is not installed" >&2; exit 2; }
done

# Each build has a directory of its own, named by its content. An agent that runs reads parts of its program only when it needs
# them, so the build that was installed before stays until the next upgrade.
library=/usr/local/lib/gitops-agent
link=/usr/local/bin/gitops-agent
build=$(cd "$built" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-12)
before=$(basename "$(dirname "$(readlink "$link" || true)")")
install -d /usr/local/bin "$library/$build/parts"
install -m 0755 "$built/gitops-agent.cjs" "$library/$build/gitops-agent.cjs"
install -m 0644 -t "$library/$build/parts" "$built"/parts/*.cjs
# One rename, so that there is a whole program at every moment.
ln -sfn "../lib/gitops-agent/$build/gitops-agent.cjs" "$link.new"
mv -T "$link.new" "$link"
for old in "$library"/*; do
  [ "$before" = "$build" ] || [ "$old" = "$library/$build" ] || [ "$old" = "$library/$before" ] || rm -r "$old"
done
install -D -m 0644 -t /etc/systemd/system "$here"/systemd/system/*.service "$here"/systemd/system/*.mount "$here"/systemd/system/*.socket
# For users who have an agent of their own. Enables nothing.
install -D -m 0644 -t /etc/systemd/user "$here"/systemd/user/*.service
install -D -m 0644 -t /etc/tmpfiles.d "$here"/systemd/tmpfiles.d/gitops-agent.conf
install -D -m 0644 -t /etc/sysusers.d "$here"/systemd/sysusers.d/gitops-agent.conf
# Not secret: agent.yaml names files, and refuses passwords. Keys beside it have modes of their own.
install -d -m 0755 /etc/gitops-agent
install -m 0644 "$here"/config-example/agent.yaml /etc/gitops-agent/agent.yaml.example

systemd-sysusers gitops-agent.conf
systemd-tmpfiles --create gitops-agent.conf
systemctl daemon-reload
systemctl enable gitops-agent-credentials.service
echo "installed: $(gitops-agent --version)"
if [ -e /etc/gitops-agent/agent.yaml ]; then
  echo "next: systemctl enable --now gitops-agent; after an upgrade: systemctl restart gitops-agent"
else
  echo "next: write /etc/gitops-agent/agent.yaml (an example is beside it), then: systemctl enable --now gitops-agent"
  echo "without agent.yaml systemctl starts nothing and reports no failure; systemctl status gitops-agent says why"
fi
