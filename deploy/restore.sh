#!/bin/sh
# Restores a backup into an empty database. API and workers must not run. See docs/operating.md, "Restore".
#
#   sh deploy/restore.sh crosswalk.dump             into the database of CROSSWALK_MIGRATION_DATABASE_URL, or of DATABASE_URL
#   sh deploy/restore.sh --compose crosswalk.dump   into the database of docker-compose.yml
set -eu

compose=no
if [ "${1:-}" = --compose ]; then compose=yes && shift; fi
file=${1:-}
if [ $# -ne 1 ] || [ ! -f "$file" ]; then
  echo 'Usage: sh deploy/restore.sh [--compose] <file that deploy/backup.sh has written>' >&2
  exit 2
fi

PGOPTIONS='-c crosswalk.platform=on'
export PGOPTIONS
if [ "$compose" = yes ]; then
  in_database() { docker compose exec -T -e PGOPTIONS postgres "$@" --username=crosswalk --dbname=crosswalk; }
else
  url=${CROSSWALK_MIGRATION_DATABASE_URL:-${DATABASE_URL:-}}
  if [ -z "$url" ]; then
    echo 'Set CROSSWALK_MIGRATION_DATABASE_URL to the address of an empty database.' >&2
    exit 2
  fi
  in_database() { "$@" --dbname="$url"; }
fi
ask() { in_database psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1; }

if [ "$(echo "select count(*) from pg_tables where schemaname = 'public'" | ask)" != 0 ]; then
  echo 'The database is not empty. Restore into an empty one: nothing here is overwritten.' >&2
  exit 1
fi

# Dumps hold no roles, and the tables are granted to this one.
ask <<'SQL'
do $$
begin
  if not exists (select from pg_roles where rolname = 'crosswalk_app') then
    create role crosswalk_app nologin;
  end if;
  if not pg_has_role(current_user, 'crosswalk_app', 'member') then
    grant crosswalk_app to current_user;
  end if;
end $$;
SQL

in_database pg_restore --no-owner --exit-on-error --single-transaction <"$file"

# The backup does not know what was sent after it. Without this memory a run compares what both sides hold, and events of days
# that may have been sent are not sent again.
ask <<'SQL'
delete from sent_values;
do $$
begin
  if to_regclass('public.event_entries') is not null then
    update event_entries set first_day = current_date, through = current_date;
    update event_occurrences set state = 'skipped' where state in ('owed', 'sending', 'lost', 'refused');
  end if;
end $$;
SQL
echo 'Restored. Now: npm run migrate; then start the API without workers, and do again what was done since the backup.'
