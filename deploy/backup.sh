#!/bin/sh
# Writes a backup of Crosswalk's database into a file. Nothing has to stop for it. See docs/operating.md, "Back up".
#
#   sh deploy/backup.sh crosswalk.dump             the database of CROSSWALK_MIGRATION_DATABASE_URL, or of DATABASE_URL
#   sh deploy/backup.sh --compose crosswalk.dump   the database of docker-compose.yml
#
# The role must own the tables. pg_dump must be at least as new as the server.
set -eu
umask 077

compose=no
if [ "${1:-}" = --compose ]; then compose=yes && shift; fi
file=${1:-}
if [ $# -ne 1 ] || [ -z "$file" ]; then
  echo 'Usage: sh deploy/backup.sh [--compose] <file>' >&2
  exit 2
fi

# An owner that is no superuser has to ask for the rows of every tenant.
PGOPTIONS='-c crosswalk.platform=on'
export PGOPTIONS
if [ "$compose" = yes ]; then
  dump() { docker compose exec -T -e PGOPTIONS postgres pg_dump --username=crosswalk "$@" crosswalk; }
else
  url=${CROSSWALK_MIGRATION_DATABASE_URL:-${DATABASE_URL:-}}
  if [ -z "$url" ]; then
    echo 'Set CROSSWALK_MIGRATION_DATABASE_URL to the address of the database, with the role that owns the tables.' >&2
    exit 2
  fi
  dump() { pg_dump --dbname="$url" "$@"; }
fi

# Under another name until it is whole: a backup that broke off is never taken for one.
partial="$file.partial"
trap 'rm -f "$partial"' EXIT
dump --format=custom --enable-row-security >"$partial"
mv "$partial" "$file"
trap - EXIT
echo "Written: $file. Keep the encryption key apart from it; without the key, the credentials in it cannot be used."
