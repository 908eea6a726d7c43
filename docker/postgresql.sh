#!/bin/bash
# Run once by the image when its volume is empty: the application's role (no superuser) and its database.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --set password="$TRIVIUM_POSTGRESQL_PASSWORD" <<'SQL'
CREATE ROLE trivium LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE trivium OWNER trivium;
SQL
