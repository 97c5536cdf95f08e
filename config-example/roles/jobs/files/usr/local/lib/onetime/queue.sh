# Shared by ots-scheduler and ots-worker. A queue is a directory, a job is a file in it. No unit mentions this file, so
# gitops.yaml says what is restarted when it changes.
queue_directory() { printf '%s/queues/%s' "$STATE_DIRECTORY" "$1"; }
is_queue_name() { [[ $1 =~ ^[a-z][a-z0-9-]*$ ]]; }

# put_job QUEUE ID TEXT: visible to workers only when it is complete.
put_job() {
  local directory
  directory=$(queue_directory "$1")
  mkdir -p "$directory"
  printf '%s\n' "$3" >"$directory/.$2"
  mv "$directory/.$2" "$directory/$2.job"
}
