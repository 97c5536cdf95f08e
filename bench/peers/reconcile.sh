#!/bin/bash
# GitOps in a hand-written script, as good as one of this length gets: fetches, copies the files that differ from the last
# run, reloads systemd once, enables and starts what is new, restarts what has changed, stops what is gone.
#
#   reconcile.sh REPOSITORY IDENTITY
set -euo pipefail
repository=$1 identity=$2
state=/var/lib/reconcile
units=/etc/systemd/system
credentials=/run/reconcile
empty=4b825dc642cb6eb9a060e54bf8d69288fbee4904 # git's id of the empty tree

[ -d $state/clone ] || git clone --quiet --no-checkout "$repository" $state/clone
cd $state/clone
git fetch --quiet origin main
new=$(git rev-parse FETCH_HEAD)
old=$(cat $state/applied 2>/dev/null || echo $empty)
[ "$new" != "$old" ] || exit 0
git checkout --quiet --force --detach "$new"

added=() changed=() gone=() files=() enabled=() restarts=()
while read -r status path; do
  name=${path##*/}
  case $status:$path in
    D:units/*) gone+=("$name") ;;
    A:units/*) added+=("$name") files+=("$path") ;;
    M:units/*) changed+=("$name") files+=("$path") ;;
    [AM]:secrets/*.age)
      unit=$(basename "$(dirname "$path")")
      install -d -m 0700 $credentials "$credentials/$unit"
      (umask 077 && age --decrypt --identity "$identity" --output "$credentials/$unit/${name%.age}" "$path")
      [ "$status" = A ] || restarts+=("$unit")
      ;;
  esac
done < <(git diff --no-renames --name-status "$old" "$new")

if [ ${#gone[@]} -gt 0 ]; then
  systemctl --quiet disable --now -- "${gone[@]}"
  (cd $units && rm -f -- "${gone[@]}")
fi
if [ ${#files[@]} -gt 0 ]; then cp -- "${files[@]}" $units; fi
if [ ${#added[@]} -gt 0 ]; then
  mapfile -t enabled < <(cd $units && grep --files-with-matches '^\[Install\]' -- "${added[@]}")
  if [ ${#enabled[@]} -gt 0 ]; then systemctl --quiet --no-reload enable -- "${enabled[@]}"; fi
fi
if [ $((${#files[@]} + ${#gone[@]})) -gt 0 ]; then systemctl daemon-reload; fi
restarts+=("${changed[@]}")
if [ ${#restarts[@]} -gt 0 ]; then systemctl try-restart -- "${restarts[@]}"; fi
if [ ${#enabled[@]} -gt 0 ]; then systemctl start -- "${enabled[@]}"; fi
echo "$new" >$state/applied
