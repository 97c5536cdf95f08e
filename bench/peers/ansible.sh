#!/bin/bash
# ansible-pull on the host itself.
#
#   ansible.sh REPOSITORY
set -euo pipefail
export ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_NOCOWS=1
exec ansible-pull --url "$1" --checkout main --directory /var/lib/ansible-checkout --inventory localhost, \
  --connection local "$(dirname "$0")/ansible.yml"
