#!/bin/sh
# Makes the namespace and the search attributes that Crosswalk uses, where they are missing. Runs once the server is
# healthy; doing it again changes nothing. Image: temporalio/admin-tools.
# Environment: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, RETENTION (how long closed runs stay inspectable, like 720h),
# SEARCH_ATTRIBUTES (names, separated by spaces).
set -eu

# A new namespace reaches every part of the server after some seconds: try again for a minute.
persist() {
  tries=60
  until "$@"; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      echo "gave up: $*" >&2
      exit 1
    fi
    sleep 1
  done
}

has_attribute() {
  temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" | grep -qw "$1"
}

ensure_attribute() {
  has_attribute "$1" ||
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type Keyword ||
    has_attribute "$1"
}

persist temporal operator cluster health
if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  persist temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi
for attribute in $SEARCH_ATTRIBUTES; do
  persist ensure_attribute "$attribute"
done
echo "namespace $TEMPORAL_NAMESPACE is ready"
