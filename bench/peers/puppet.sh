#!/bin/bash
# puppet apply on the host itself, after a fetch by git.
#
#   puppet.sh REPOSITORY
set -euo pipefail
checkout=/var/lib/puppet-checkout
[ -d $checkout ] || git clone --quiet "$1" $checkout
git -C $checkout fetch --quiet origin main
git -C $checkout checkout --quiet --force --detach FETCH_HEAD
exec puppet apply "$(dirname "$0")/puppet.pp"
