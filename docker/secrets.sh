#!/bin/sh
# Make docker/.env (mode 600) with the secrets that docker-compose.yml asks for. One that exists stays: the volumes know it.
set -eu
cd "$(dirname "$0")"
[ -e .env ] && { echo "docker/.env exists and stays"; exit 0; }
umask 077
for name in SECRET_KEY POSTGRESQL_OWNER_PASSWORD POSTGRESQL_PASSWORD MONGODB_KEY MONGODB_OWNER_PASSWORD MONGODB_PASSWORD \
  CASSANDRA_OWNER_PASSWORD CASSANDRA_PASSWORD REDIS_PASSWORD DEMO_PASSWORD ADMIN_PASSWORD; do
  # Letters and digits only: they stand in URIs and in CQL.
  echo "TRIVIUM_$name=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')"
done >.env.new
mv .env.new .env
