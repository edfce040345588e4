#!/bin/sh
# Makes or upgrades the two databases of the Temporal server. Runs before every start of the server; doing it again
# changes nothing. Image: temporalio/admin-tools, which brings temporal-sql-tool with the schemas inside.
# Environment: SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD of a PostgreSQL user who may create databases.
set -eu

export SQL_PLUGIN=postgres12

schema() {
  database=$1
  name=$2
  temporal-sql-tool --database "$database" create-database
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$name"
}

schema temporal temporal
schema temporal_visibility visibility
