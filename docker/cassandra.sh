#!/bin/bash
# Makes an owner, takes the default role's powers, makes the application's role (its log-in last). Again, it changes nothing.
set -u
as() { cqlsh cassandra 9042 -u "$1" -p "$2" -e "$3"; }
owner="PASSWORD = '$TRIVIUM_CASSANDRA_OWNER_PASSWORD' AND LOGIN = true AND SUPERUSER = true"
# The default role exists some seconds after Cassandra listens.
for _ in $(seq 60); do
  as trivium_owner "$TRIVIUM_CASSANDRA_OWNER_PASSWORD" 'LIST ROLES' >/dev/null 2>&1 && break
  as cassandra cassandra "CREATE ROLE IF NOT EXISTS trivium_owner WITH $owner" 2>/dev/null
  sleep 2
done
nobody=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
as trivium_owner "$TRIVIUM_CASSANDRA_OWNER_PASSWORD" "
  ALTER ROLE cassandra WITH PASSWORD = '$nobody' AND LOGIN = false AND SUPERUSER = false;
  CREATE ROLE IF NOT EXISTS trivium WITH PASSWORD = '$TRIVIUM_CASSANDRA_PASSWORD' AND LOGIN = false;
  GRANT CREATE ON ALL KEYSPACES TO trivium;
  GRANT ALTER ON ALL KEYSPACES TO trivium;
  GRANT DROP ON ALL KEYSPACES TO trivium;
  GRANT SELECT ON KEYSPACE system_views TO trivium;
  ALTER ROLE trivium WITH LOGIN = true;"
